using System.Text.Json;
using Toolchain.Serve.Http;

namespace Toolchain.Serve.Protocol;

/// <summary>Reads which outputs a request wants.</summary>
internal static class RequestOutputs
{
    /// <summary>Reads the array at hand.</summary>
    /// <param name="json">At its bracket.</param>
    /// <exception cref="RequestException">It is none, or an output has no name or is there twice (400).</exception>
    public static List<RequestOutput> Read(ref RequestJson json)
    {
        json.Expect(JsonTokenType.StartArray, "outputs");
        var outputs = new List<RequestOutput>();
        while (json.NextItem())
        {
            json.Expect(JsonTokenType.StartObject, "an output");
            var output = ReadOutput(ref json);
            foreach (var other in outputs)
            {
                if (other.Name == output.Name)
                {
                    throw RequestException.Bad($"output '{output.Name}' is requested more than once");
                }
            }

            if (outputs.Count == InferRequestReader.MaxOutputs)
            {
                throw RequestException.Bad($"The request has more than {InferRequestReader.MaxOutputs} outputs.");
            }

            outputs.Add(output);
        }

        return outputs;
    }

    private static RequestOutput ReadOutput(ref RequestJson json)
    {
        var (output, seen) = (new RequestOutput("", null), RequestProperties.None);
        while (json.NextProperty())
        {
            if (json.Is("name"u8, RequestProperties.Name, ref seen))
            {
                output = output with { Name = json.Text("an output's name") };
            }
            else if (json.Is("parameters"u8, RequestProperties.Parameters, ref seen))
            {
                output = json.IsNull ? output : ReadParameters(ref json, output);
            }
            else
            {
                json.Skip();
            }
        }

        return (seen & RequestProperties.Name) != 0 ? output : throw RequestException.Bad("An output needs a 'name'.");
    }

    private static RequestOutput ReadParameters(ref RequestJson json, RequestOutput output)
    {
        json.Expect(JsonTokenType.StartObject, "parameters");
        while (json.NextProperty())
        {
            var name = json.Name();
            output = RequestParameters.ApplyToOutput(output, name, json.Value());
        }

        return output;
    }
}
