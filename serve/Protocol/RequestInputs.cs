using System.Text.Json;
using Toolchain.Serve.Http;

namespace Toolchain.Serve.Protocol;

/// <summary>Reads the inputs of a request.</summary>
internal static class RequestInputs
{
    /// <summary>Reads the array at hand.</summary>
    /// <param name="json">At its bracket.</param>
    /// <param name="inputs">Receives the inputs.</param>
    /// <exception cref="RequestException">It is none, or an input is incomplete or there twice (400).</exception>
    public static void Read(ref RequestJson json, List<RequestInput> inputs)
    {
        json.Expect(JsonTokenType.StartArray, "inputs");
        long binaryOffset = json.Length;
        while (json.NextItem())
        {
            json.Expect(JsonTokenType.StartObject, "an input");
            var input = ReadInput(ref json, binaryOffset);
            foreach (var other in inputs)
            {
                if (other.Name == input.Name)
                {
                    throw RequestException.Bad($"input '{input.Name}' already exists in request");
                }
            }

            if (inputs.Count == InferRequestReader.MaxInputs)
            {
                throw RequestException.Bad($"The request has more than {InferRequestReader.MaxInputs} inputs.");
            }

            inputs.Add(input);
            binaryOffset = input.IsBinary ? checked(binaryOffset + Math.Min(input.Length, int.MaxValue)) : binaryOffset;
        }
    }

    private static RequestInput ReadInput(ref RequestJson json, long binaryOffset)
    {
        string? name = null, datatype = null;
        long[]? shape = null;
        long? binarySize = null;
        var (data, seen) = (default(BodySlice), RequestProperties.None);
        while (json.NextProperty())
        {
            if (json.Is("name"u8, RequestProperties.Name, ref seen))
            {
                name = json.Text("an input's name");
            }
            else if (json.Is("datatype"u8, RequestProperties.Datatype, ref seen))
            {
                datatype = json.Datatype();
            }
            else if (json.Is("shape"u8, RequestProperties.Shape, ref seen))
            {
                shape = ReadShape(ref json);
            }
            else if (json.Is("parameters"u8, RequestProperties.Parameters, ref seen))
            {
                binarySize = json.IsNull ? null : ReadParameters(ref json);
            }
            else if (!json.IsValues("data"u8, RequestProperties.Data, ref seen, ref data))
            {
                json.Skip();
            }
        }

        if (name is null || datatype is null || shape is null)
        {
            throw RequestException.Bad($"Input '{name}' needs 'name', 'datatype' and 'shape'.");
        }

        return (data.Length > 0, binarySize) switch
        {
            (true, null) => new(name, datatype, shape, data.Offset, data.Length, IsBinary: false),
            (false, { } size) => new(name, datatype, shape, binaryOffset, size, IsBinary: true),
            _ => throw RequestException.Bad($"Input '{name}' needs either 'data' or the parameter 'binary_data_size'."),
        };
    }

    private static long? ReadParameters(ref RequestJson json)
    {
        long? size = null;
        json.Expect(JsonTokenType.StartObject, "parameters");
        while (json.NextProperty())
        {
            var name = json.Name();
            RequestParameters.ApplyToInput(name, json.Value(), ref size);
        }

        return size;
    }

    private static long[] ReadShape(ref RequestJson json)
    {
        json.Expect(JsonTokenType.StartArray, "shape");
        Span<long> dimensions = stackalloc long[InferRequestReader.MaxRank];
        var rank = 0;
        while (json.NextItem())
        {
            if (rank == InferRequestReader.MaxRank)
            {
                throw RequestException.Bad($"A shape has more than {InferRequestReader.MaxRank} dimensions.");
            }

            dimensions[rank++] = json.Scalar().Count("a dimension");
        }

        return dimensions[..rank].ToArray();
    }
}
