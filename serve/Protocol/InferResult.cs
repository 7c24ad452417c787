using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Toolchain.Serve.Batching;
using Toolchain.Serve.Features;
using Toolchain.Serve.Http;
using Toolchain.Serve.Models;

namespace Toolchain.Serve.Protocol;

/// <summary>The response to an infer request, written from the rows of the model's buffer, which it gives back.</summary>
internal sealed class InferResult(Inference inference) : IResult
{
    /// <summary>The header that says where JSON ends and raw tensors begin (binary tensor data extension).</summary>
    public const string JsonLengthHeader = "Inference-Header-Content-Length";

    // Numbers are about so many times longer in JSON.
    private const long JsonGrowth = 4;
    private readonly ServedModel _model = inference.Model;
    private readonly InferBinding _binding = inference.Binding;
    private readonly RowLease _lease = inference.Lease;

    // The likeliest classes in place of an output, by its place in the response; null when no output is asked for so.
    private byte[]?[]? _classes;

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        if (IsLong(httpContext.Request))
        {
            return ExecuteLongAsync(httpContext);
        }

        Respond(httpContext);
        return httpContext.Response.BodyWriter.FlushAsync(httpContext.RequestAborted).AsTask();
    }

    /// <summary>The likeliest classes in place of outputs that were asked for so, by their place in the response; null when none was.</summary>
    internal static byte[]?[]? Classes(ServedModel model, InferBinding binding, RowLease lease)
    {
        byte[]?[]? classes = null;
        for (var i = 0; i < binding.Outputs.Length; i++)
        {
            if (binding.Outputs[i] is { Classes: > 0 } wanted)
            {
                classes ??= new byte[]?[binding.Outputs.Length];
                classes[i] = ClassStrings.Encode(model.Layout.Outputs[wanted.Output], lease.Output(wanted.Output), wanted.Classes, model.Manifest!.Labels);
            }
        }

        return classes;
    }

    // Much JSON, or much that is compressed.
    private bool IsLong(HttpRequest request)
    {
        var (all, numbers) = (0L, 0L);
        foreach (var wanted in _binding.Outputs)
        {
            var bytes = _lease.Output(wanted.Output).Length;
            all += bytes;
            numbers += wanted.IsBinary || wanted.Classes > 0 ? 0 : bytes;
        }

        return JsonGrowth * numbers >= LongWork.Bytes || (all >= LongWork.Bytes && ContentCoding.Preferred(request) is not null);
    }

    private async Task ExecuteLongAsync(HttpContext http)
    {
        await inference.Threads.Enter();
        Respond(http);
        await http.Response.BodyWriter.FlushAsync(http.RequestAborted).ConfigureAwait(false);
    }

    // The rows are copied out before anything waits for the client, so that a slow reader holds none.
    private void Respond(HttpContext http)
    {
        var started = _model.Batcher.Time.GetTimestamp();
        try
        {
            _classes = Classes(_model, _binding, _lease);
            Write(http);
        }
        finally
        {
            inference.Complete(started);
        }
    }

    private void Write(HttpContext http)
    {
        var json = Scratch.Write(this, static (writer, result) => result.WriteJson(writer));
        var (binary, isBinary) = (0L, false);
        for (var i = 0; i < _binding.Outputs.Length; i++)
        {
            if (_binding.Outputs[i].IsBinary)
            {
                (binary, isBinary) = (binary + Bytes(i).Length, true);
            }
        }

        var response = http.Response;
        if (isBinary)
        {
            response.Headers[JsonLengthHeader] = json.Length.ToString(CultureInfo.InvariantCulture);
        }

        using var body = ResponseBody.Begin(http, isBinary ? ResponseBody.Octets : ResponseBody.Json, json.Length + binary);
        body.Write(json);
        for (var i = 0; isBinary && i < _binding.Outputs.Length; i++)
        {
            if (_binding.Outputs[i].IsBinary)
            {
                body.Write(Bytes(i));
            }
        }
    }

    private ReadOnlySpan<byte> Bytes(int place) => _classes?[place] is { } classes ? classes : _lease.Output(_binding.Outputs[place].Output);

    private void WriteJson(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("model_name"u8, _model.Name);
        writer.WriteString("model_version"u8, _model.VersionText);
        if (_binding.Id is { } id)
        {
            writer.WriteString("id"u8, id);
        }

        if (_binding.Explain)
        {
            BatchExplanation.Write(writer, _lease.Batch);
        }

        writer.WriteStartArray("outputs"u8);
        for (var i = 0; i < _binding.Outputs.Length; i++)
        {
            WriteOutput(writer, i);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private void WriteOutput(Utf8JsonWriter writer, int place)
    {
        var wanted = _binding.Outputs[place];
        var tensor = _model.Layout.Outputs[wanted.Output];
        writer.WriteStartObject();
        writer.WriteString("name"u8, tensor.Name);
        writer.WriteString("datatype"u8, wanted.Classes > 0 ? "BYTES" : Datatypes.Name(tensor.Type));
        writer.WriteStartArray("shape"u8);
        writer.WriteNumberValue(_lease.Count);
        if (wanted.Classes > 0)
        {
            writer.WriteNumberValue(ClassStrings.Count(tensor, wanted.Classes));
        }
        else
        {
            foreach (var dimension in tensor.Dimensions.AsSpan())
            {
                writer.WriteNumberValue(dimension);
            }
        }

        writer.WriteEndArray();
        var values = Bytes(place);
        if (wanted.IsBinary)
        {
            writer.WriteStartObject("parameters"u8);
            writer.WriteNumber("binary_data_size"u8, values.Length);
            writer.WriteEndObject();
        }
        else
        {
            writer.WritePropertyName("data"u8);
            WriteValues(writer, place, values);
        }

        writer.WriteEndObject();
    }

    private void WriteValues(Utf8JsonWriter writer, int place, ReadOnlySpan<byte> values)
    {
        if (_binding.Outputs[place].Classes == 0)
        {
            var tensor = _model.Layout.Outputs[_binding.Outputs[place].Output];
            TensorJson.Write(writer, tensor.Type, values, tensor.Name);
            return;
        }

        writer.WriteStartArray();
        while (ClassStrings.TryTake(ref values, out var element))
        {
            writer.WriteStringValue(element);
        }

        writer.WriteEndArray();
    }
}
