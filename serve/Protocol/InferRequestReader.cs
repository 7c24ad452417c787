using System.Text.Json;
using Toolchain.Serve.Http;

namespace Toolchain.Serve.Protocol;

/// <summary>
/// Reads the JSON part of an infer request in one pass. The values of tensors stay where they are: they are read once, by
/// <see cref="TensorJson"/>, straight into the rows.
/// </summary>
internal static class InferRequestReader
{
    internal const int MaxInputs = 64;
    internal const int MaxOutputs = 64;
    internal const int MaxRank = 16;

    /// <summary>Reads a request.</summary>
    /// <param name="json">The JSON part; binary data follows it in the body.</param>
    /// <exception cref="RequestException">It is not one; the message says where (400), or it asks for what this server does not have (501).</exception>
    public static InferRequest Read(ReadOnlySpan<byte> json)
    {
        var reader = new RequestJson(json);
        try
        {
            return ReadRequest(ref reader);
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or FormatException)
        {
            throw RequestException.Bad($"The request is not JSON as the protocol has it, at byte {reader.Position}: {Reason(malformed)}.", malformed);
        }
    }

    private static InferRequest ReadRequest(ref RequestJson json)
    {
        var (request, seen) = (new InferRequest(), RequestProperties.None);
        json.Read();
        json.Expect(JsonTokenType.StartObject, "the request");
        while (json.NextProperty())
        {
            if (json.Is("id"u8, RequestProperties.Id, ref seen))
            {
                request.Id = json.IsNull ? null : json.Text("id");
            }
            else if (json.Is("parameters"u8, RequestProperties.Parameters, ref seen))
            {
                ReadParameters(ref json, request);
            }
            else if (json.Is("inputs"u8, RequestProperties.Inputs, ref seen))
            {
                RequestInputs.Read(ref json, request.Inputs);
            }
            else if (json.Is("outputs"u8, RequestProperties.Outputs, ref seen))
            {
                request.Outputs = json.IsNull ? null : RequestOutputs.Read(ref json);
            }
            else
            {
                json.Skip();
            }
        }

        // Whatever follows the object is refused by the reader.
        json.Read();
        return (seen & RequestProperties.Inputs) != 0 ? request : throw RequestException.Bad("The request has no 'inputs'.");
    }

    private static void ReadParameters(ref RequestJson json, InferRequest request)
    {
        if (json.IsNull)
        {
            return;
        }

        json.Expect(JsonTokenType.StartObject, "parameters");
        while (json.NextProperty())
        {
            var name = json.Name();
            RequestParameters.Apply(request, name, json.Value());
        }
    }

    // What the reader says of places counts from where it began.
    private static string Reason(Exception malformed)
    {
        var place = malformed.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return (place < 0 ? malformed.Message : malformed.Message[..place]).TrimEnd('.');
    }
}
