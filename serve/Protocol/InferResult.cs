using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Toolchain.Serve.Batching;
using Toolchain.Serve.Http;
using Toolchain.Serve.Models;

namespace Toolchain.Serve.Protocol;

/// <summary>The response to an infer request, written from the rows of the model's buffer, which it gives back.</summary>
internal sealed class InferResult(ModelUse use, InferBinding binding, RowLease lease, TimeSpan input) : IResult
{
    /// <summary>The header that says where JSON ends and raw tensors begin (binary tensor data extension).</summary>
    public const string JsonLengthHeader = "Inference-Header-Content-Length";

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        // The rows are copied out before anything waits for the client, so that a slow reader holds none.
        using (lease)
        {
            var writing = lease.Now;
            Write(httpContext.Response);
            use.Succeeded(lease, input, lease.Elapsed(writing, lease.Now));
        }

        return httpContext.Response.BodyWriter.FlushAsync(httpContext.RequestAborted).AsTask();
    }

    private void Write(HttpResponse response)
    {
        var json = Scratch.Write(this, static (writer, result) => result.WriteJson(writer));
        var binary = binding.Outputs.Sum(o => o.IsBinary ? (long)lease.Output(o.Output).Length : 0);
        response.ContentType = "application/json";
        if (binding.Outputs.Any(static o => o.IsBinary))
        {
            response.ContentType = "application/octet-stream";
            response.Headers[JsonLengthHeader] = json.Length.ToString(CultureInfo.InvariantCulture);
        }

        response.ContentLength = json.Length + binary;
        response.BodyWriter.Write(json);
        foreach (var (output, isBinary) in binding.Outputs)
        {
            if (isBinary)
            {
                response.BodyWriter.Write(lease.Output(output));
            }
        }
    }

    private void WriteJson(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("model_name"u8, use.Model.Name);
        writer.WriteString("model_version"u8, use.Model.VersionText);
        if (binding.Id is { } id)
        {
            writer.WriteString("id"u8, id);
        }

        writer.WriteStartArray("outputs"u8);
        foreach (var (output, isBinary) in binding.Outputs)
        {
            WriteOutput(writer, output, isBinary);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private void WriteOutput(Utf8JsonWriter writer, int output, bool isBinary)
    {
        var tensor = use.Model.Layout.Outputs[output];
        var values = lease.Output(output);
        writer.WriteStartObject();
        writer.WriteString("name"u8, tensor.Name);
        writer.WriteString("datatype"u8, Datatypes.Name(tensor.Type));
        writer.WriteStartArray("shape"u8);
        writer.WriteNumberValue(lease.Count);
        foreach (var dimension in tensor.Dimensions)
        {
            writer.WriteNumberValue(dimension);
        }

        writer.WriteEndArray();
        if (isBinary)
        {
            writer.WriteStartObject("parameters"u8);
            writer.WriteNumber("binary_data_size"u8, values.Length);
            writer.WriteEndObject();
        }
        else
        {
            writer.WritePropertyName("data"u8);
            TensorJson.Write(writer, tensor.Type, values, tensor.Name);
        }

        writer.WriteEndObject();
    }
}
