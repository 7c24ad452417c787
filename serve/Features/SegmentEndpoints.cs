using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using Toolchain.Serve.Http;
using Toolchain.Serve.Models;
using Toolchain.Serve.Protocol;

namespace Toolchain.Serve.Features;

/// <summary>Segmenting an encoded image: a class for each pixel.</summary>
internal static class SegmentEndpoints
{
    private const string Png = "image/png";

    /// <summary>Maps <c>/v1/models/{reference}/segment</c>.</summary>
    public static RouteGroupBuilder MapSegment(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/models/{reference}").WithTags("Images").ProducesErrors(400, 404, 408, 413, 415, 500, 501, 503).WithMetadata(Work.Of(routes.ServiceProvider));
        group.MapPost("segment", Segment)
            .WithName("segment")
            .WithSummary("Finds which class each pixel of an image shows: PNG, JPEG or WebP (also GIF, TIFF and AVIF), of any size, as the body.")
            .DescribesSegment();
        return group;
    }

    private static async Task<Results<SegmentationResult, ErrorResult>> Segment(string reference, HttpContext http, bool explain = false)
    {
        var work = Work.Of(http);
        using var use = work.State.Use(reference);
        var model = use.Model;
        var output = SegmentOutput.Of(model) ?? throw RequestException.Bad(
            $"Model {model} cannot segment an image: it takes {ImageBodies.Tensors(model.Layout.Inputs)} and gives {ImageBodies.Tensors(model.Layout.Outputs)}, and expected is an image with a value for each class and pixel.");
        var inference = new Inference(model, work.Decoding);
        try
        {
            if (ImageBodies.IsForm(http.Request))
            {
                throw ImageBodies.NoImage(http.Request);
            }

            var asPng = PrefersPng(http.Request);
            if (asPng && !SegmentMask.FitsPng(output))
            {
                throw RequestException.Bad($"Model {model} has {output.Classes} classes, and a PNG has room for 256. Ask for application/json.");
            }

            if (model.Batcher.IsFull)
            {
                return inference.Refuse();
            }

            using var body = await RequestBody.ReadAsync(http.Request, work.Bodies, work.Decoding.Threads, http.RequestAborted).ConfigureAwait(false);
            if (body is null)
            {
                return inference.Refuse();
            }

            if (await inference.RunAsync(InferBinding.OfImage(model, new(0, body.Bytes.Length)), body.Bytes, http.RequestAborted).ConfigureAwait(false) is { } refusal)
            {
                return refusal;
            }

            await work.Decoding.Threads.Enter();
            return new SegmentationResult(model, output, SegmentMask.Of(inference, output, explain), asPng);
        }
        catch (Exception failure)
        {
            inference.Fail(failure);
            throw;
        }
    }

    // JSON unless the client would rather have an image.
    private static bool PrefersPng(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var accepted))
        {
            return false;
        }

        var (png, json) = (0d, 0d);
        foreach (var type in accepted)
        {
            var quality = type.Quality ?? 1;
            (png, json) = type.MediaType.Value switch
            {
                Png or "image/*" => (Math.Max(png, quality), json),
                "application/json" or "application/*" or "*/*" => (png, Math.Max(json, quality)),
                _ => (png, json),
            };
        }

        return png > json;
    }
}
