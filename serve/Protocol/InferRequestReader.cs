using System.Text.Json;
using Toolchain.Serve.Http;

namespace Toolchain.Serve.Protocol;

/// <summary>Reads the JSON part of an infer request in one pass; values of tensors are skipped over and their place is kept.</summary>
internal ref struct InferRequestReader
{
    private const int MaxInputs = 64;
    private const int MaxOutputs = 64;
    private const int MaxRank = 16;
    private const double MicrosecondsPerDay = 86_400e6;
    private Utf8JsonReader _json;
    private bool _hasInputs;

    private InferRequestReader(ReadOnlySpan<byte> json) => _json = new(json);

    /// <summary>Reads a request.</summary>
    /// <param name="json">The JSON part.</param>
    /// <exception cref="RequestException">It is not one; the message says where (400), or it asks for what this server does not have (501).</exception>
    public static InferRequest Read(ReadOnlySpan<byte> json)
    {
        try
        {
            return new InferRequestReader(json).ReadRequest(json.Length);
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or FormatException)
        {
            throw RequestException.Bad($"The request is not JSON as the protocol has it: {malformed.Message.TrimEnd('.')}. NaN and Infinity are written as the strings \"NaN\", \"Infinity\" and \"-Infinity\".", malformed);
        }
    }

    private InferRequest ReadRequest(long binaryOffset)
    {
        var request = new InferRequest();
        _json.Read();
        Expect(JsonTokenType.StartObject, "the request");
        while (NextProperty(out var name))
        {
            switch (name)
            {
                case "id":
                    request.Id = Text("id");
                    break;
                case "parameters":
                    ReadParameters(request);
                    break;
                case "inputs":
                    ReadInputs(request, binaryOffset);
                    break;
                case "outputs":
                    ReadOutputs(request);
                    break;
                default:
                    _json.Skip();
                    break;
            }
        }

        // Whatever follows the object is refused by the reader.
        _json.Read();
        return _hasInputs ? request : throw RequestException.Bad("The request has no 'inputs'.");
    }

    private void ReadParameters(InferRequest request)
    {
        Expect(JsonTokenType.StartObject, "parameters");
        while (NextProperty(out var name))
        {
            switch (name)
            {
                case "binary_data_output":
                    request.BinaryOutputs = Flag(name);
                    break;
                case "timeout":
                    var microseconds = Count(name);
                    request.Timeout = microseconds == 0 ? null : TimeSpan.FromMicroseconds(Math.Min(microseconds, MicrosecondsPerDay));
                    break;
                case "priority" when !(_json.TokenType == JsonTokenType.Number && _json.TryGetInt64(out var priority) && priority == 0):
                case "sequence_id" or "sequence_start" or "sequence_end":
                    throw RequestException.Unsupported($"Parameter '{name}' is not supported by this server.");
                case "headers":
                case var reserved when reserved.StartsWith("triton_", StringComparison.Ordinal):
                    throw RequestException.Bad($"Parameter '{name}' is reserved and cannot be given in a request.");
                default:
                    // Parameters that a server does not know are for others on the way (Open Inference Protocol v2, parameters).
                    _json.Skip();
                    break;
            }
        }
    }

    private void ReadInputs(InferRequest request, long binaryOffset)
    {
        Expect(JsonTokenType.StartArray, "inputs");
        if (_hasInputs)
        {
            throw RequestException.Bad("The request has 'inputs' twice.");
        }

        _hasInputs = true;
        while (NextItem())
        {
            Expect(JsonTokenType.StartObject, "an input");
            var input = ReadInput(binaryOffset);
            if (request.Inputs.Exists(i => i.Name == input.Name))
            {
                throw RequestException.Bad($"input '{input.Name}' already exists in request");
            }

            if (request.Inputs.Count == MaxInputs)
            {
                throw RequestException.Bad($"The request has more than {MaxInputs} inputs.");
            }

            request.Inputs.Add(input);
            binaryOffset += input.IsBinary ? input.Length : 0;
        }
    }

    private RequestInput ReadInput(long binaryOffset)
    {
        string? name = null, datatype = null;
        long[]? shape = null;
        long? binarySize = null;
        var (start, end) = (-1L, -1L);
        while (NextProperty(out var property))
        {
            switch (property)
            {
                case "name":
                    name = Text("an input's name");
                    break;
                case "datatype":
                    datatype = Text("an input's datatype");
                    break;
                case "shape":
                    shape = ReadShape();
                    break;
                case "parameters":
                    binarySize = ReadInputParameters();
                    break;
                case "data":
                    start = _json.TokenStartIndex;
                    _json.Skip();
                    end = _json.BytesConsumed;
                    break;
                default:
                    _json.Skip();
                    break;
            }
        }

        if (name is null || datatype is null || shape is null)
        {
            throw RequestException.Bad($"Input '{name}' needs 'name', 'datatype' and 'shape'.");
        }

        return (start, binarySize) switch
        {
            (>= 0, null) => new(name, datatype, shape, start, end - start, IsBinary: false),
            (< 0, { } size) => new(name, datatype, shape, binaryOffset, size, IsBinary: true),
            _ => throw RequestException.Bad($"Input '{name}' needs either 'data' or the parameter 'binary_data_size'."),
        };
    }

    private long? ReadInputParameters()
    {
        long? size = null;
        Expect(JsonTokenType.StartObject, "parameters");
        while (NextProperty(out var name))
        {
            switch (name)
            {
                case "binary_data_size":
                    size = Count(name);
                    break;
                case var memory when memory.StartsWith("shared_memory", StringComparison.Ordinal):
                    throw RequestException.Unsupported("Shared memory is not supported by this server.");
                default:
                    _json.Skip();
                    break;
            }
        }

        return size;
    }

    private void ReadOutputs(InferRequest request)
    {
        Expect(JsonTokenType.StartArray, "outputs");
        request.Outputs ??= [];
        while (NextItem())
        {
            Expect(JsonTokenType.StartObject, "an output");
            var output = ReadOutput();
            if (request.Outputs.Exists(o => o.Name == output.Name))
            {
                throw RequestException.Bad($"output '{output.Name}' is requested more than once");
            }

            if (request.Outputs.Count == MaxOutputs)
            {
                throw RequestException.Bad($"The request has more than {MaxOutputs} outputs.");
            }

            request.Outputs.Add(output);
        }
    }

    private RequestOutput ReadOutput()
    {
        string? name = null;
        bool? binary = null;
        while (NextProperty(out var property))
        {
            switch (property)
            {
                case "name":
                    name = Text("an output's name");
                    break;
                case "parameters":
                    binary = ReadOutputParameters();
                    break;
                default:
                    _json.Skip();
                    break;
            }
        }

        return new(name ?? throw RequestException.Bad("An output needs a 'name'."), binary);
    }

    private bool? ReadOutputParameters()
    {
        bool? binary = null;
        Expect(JsonTokenType.StartObject, "parameters");
        while (NextProperty(out var name))
        {
            switch (name)
            {
                case "binary_data":
                    binary = Flag(name);
                    break;
                case "classification":
                    throw RequestException.Unsupported("The classification extension is not supported by this server; POST the image to /v1/models/{ref}/classify.");
                case var memory when memory.StartsWith("shared_memory", StringComparison.Ordinal):
                    throw RequestException.Unsupported("Shared memory is not supported by this server.");
                default:
                    _json.Skip();
                    break;
            }
        }

        return binary;
    }

    private long[] ReadShape()
    {
        Expect(JsonTokenType.StartArray, "shape");
        Span<long> dimensions = stackalloc long[MaxRank];
        var rank = 0;
        while (NextItem())
        {
            if (rank == MaxRank)
            {
                throw RequestException.Bad($"A shape has more than {MaxRank} dimensions.");
            }

            dimensions[rank++] = Count("a dimension");
        }

        return dimensions[..rank].ToArray();
    }

    private bool NextProperty(out string name)
    {
        _json.Read();
        if (_json.TokenType == JsonTokenType.EndObject)
        {
            name = "";
            return false;
        }

        name = _json.GetString()!;
        _json.Read();
        return true;
    }

    private bool NextItem()
    {
        _json.Read();
        return _json.TokenType != JsonTokenType.EndArray;
    }

    private readonly void Expect(JsonTokenType type, string what)
    {
        if (_json.TokenType != type)
        {
            throw RequestException.Bad($"Expected {what} to be {(type == JsonTokenType.StartArray ? "an array" : "an object")}, found {Found()}.");
        }
    }

    private readonly string Text(string what) => _json.TokenType == JsonTokenType.String ? _json.GetString()! : throw RequestException.Bad($"Expected {what} to be a string, found {Found()}.");

    private readonly bool Flag(string what) => _json.TokenType is JsonTokenType.True or JsonTokenType.False ? _json.GetBoolean() : throw RequestException.Bad($"Expected {what} to be true or false, found {Found()}.");

    private readonly long Count(string what) => _json.TokenType == JsonTokenType.Number && _json.TryGetInt64(out var number) && number >= 0
        ? number
        : throw RequestException.Bad($"Expected {what} to be a whole number from 0 to 2^63 - 1, found {Found()}.");

    private readonly string Found() => _json.TokenType switch
    {
        JsonTokenType.StartArray => "an array",
        JsonTokenType.StartObject => "an object",
        JsonTokenType.Number => System.Text.Encoding.UTF8.GetString(_json.ValueSpan),
        var other => other.ToString().ToLowerInvariant(),
    };
}
