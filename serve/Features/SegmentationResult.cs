using System.Text.Json;
using Toolchain.Serve.Http;
using Toolchain.Serve.Models;

namespace Toolchain.Serve.Features;

/// <summary>The response to a segment request: a <see cref="Segmentation"/>, or its mask as a PNG; the mask is given back when it is written.</summary>
internal sealed class SegmentationResult(ServedModel model, SegmentOutput output, SegmentMask mask, bool asPng) : IResult
{
    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.Headers.Vary = "Accept";
        using (mask)
        {
            if (!asPng)
            {
                await ResponseBody.WriteJsonAsync(httpContext, this, static (writer, result) => result.Write(writer)).ConfigureAwait(false);
                return;
            }

            var png = mask.Png();
            httpContext.Response.ContentType = "image/png";
            httpContext.Response.ContentLength = png.Length;
            await httpContext.Response.BodyWriter.WriteAsync(png, httpContext.RequestAborted).ConfigureAwait(false);
        }
    }

    private void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        ClassificationResult.WriteModel(writer, model);
        writer.WriteNumber("height"u8, output.Height);
        writer.WriteNumber("width"u8, output.Width);
        WriteClasses(writer);
        WriteRuns(writer);
        ClassifiedImage.WriteRun(writer, mask.BatchSize, mask.Queue, mask.Decode, mask.Infer, mask.Batch);
        writer.WriteEndObject();
    }

    private void WriteClasses(Utf8JsonWriter writer)
    {
        var pixels = new int[output.Classes];
        foreach (var c in mask.Classes)
        {
            pixels[c]++;
        }

        writer.WriteStartArray("classes"u8);
        foreach (var (index, count) in pixels.Index().Where(static c => c.Item > 0).OrderByDescending(static c => c.Item))
        {
            writer.WriteStartObject();
            writer.WriteString("label"u8, output.Label(index));
            writer.WriteNumber("index"u8, index);
            writer.WriteNumber("pixels"u8, count);
            writer.WriteNumber("fraction"u8, (double)count / mask.Classes.Length);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private void WriteRuns(Utf8JsonWriter writer)
    {
        writer.WriteStartArray("runs"u8);
        var rest = mask.Classes;
        while (!rest.IsEmpty)
        {
            var length = rest.IndexOfAnyExcept(rest[0]) is var end and >= 0 ? end : rest.Length;
            writer.WriteNumberValue(rest[0]);
            writer.WriteNumberValue(length);
            rest = rest[length..];
        }

        writer.WriteEndArray();
    }
}
