using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Toolchain.Serve.Http;
using Toolchain.Serve.Models;
using Toolchain.Serve.Protocol;

namespace Toolchain.Serve.Features;

/// <summary>Open Inference Protocol v2: infer, with JSON tensors, binary tensors, raw bodies, and encoded images in place of pixels.</summary>
internal static class InferEndpoints
{
    /// <summary>Maps <c>/v2/models/{model}[/versions/{version}]/infer</c>.</summary>
    public static RouteGroupBuilder MapInfer(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v2/models/{model}").WithTags("Inference").ProducesErrors(400, 404, 408, 413, 500, 501, 503).WithMetadata(Work.Of(routes.ServiceProvider));
        group.MapPost("infer", Infer).WithName("infer").WithSummary("Runs the model.").DescribesInfer();
        group.MapPost("versions/{version}/infer", InferVersion).WithName("inferVersion").WithSummary("Runs a version of the model.").DescribesInfer();
        return group;
    }

    private static Task<Results<InferResult, ErrorResult>> Infer(string model, HttpContext http) => RunAsync(model, null, http);

    private static Task<Results<InferResult, ErrorResult>> InferVersion(string model, string version, HttpContext http) => RunAsync(model, version, http);

    private static async Task<Results<InferResult, ErrorResult>> RunAsync(string model, string? version, HttpContext http)
    {
        var work = Work.Of(http);
        using var use = work.State.Use(model, version);
        var inference = new Inference(use.Model, work.Decoding);
        try
        {
            if (use.Model.Batcher.IsFull)
            {
                return inference.Refuse();
            }

            using var body = await RequestBody.ReadAsync(http.Request, work.Bodies, work.Decoding.Threads, http.RequestAborted).ConfigureAwait(false);
            if (body is null)
            {
                return inference.Refuse();
            }

            var json = JsonLength(http.Request, body.Bytes.Length);
            if (json >= LongWork.Bytes)
            {
                await work.Decoding.Threads.Enter();
            }

            var binding = Bind(http.Request, body.Bytes.Span, json, use.Model);
            return await inference.RunAsync(binding, body.Bytes, http.RequestAborted).ConfigureAwait(false) is { } refusal ? refusal : new InferResult(inference);
        }
        catch (Exception failure)
        {
            inference.Fail(failure);
            throw;
        }
    }

    // The bytes of JSON at the start of the body; null where there are none, and it is a raw tensor or an image.
    private static int? JsonLength(HttpRequest http, int body)
    {
        if (!http.Headers.TryGetValue(InferResult.JsonLengthHeader, out var header))
        {
            return body;
        }

        if (!int.TryParse(header, NumberStyles.None, CultureInfo.InvariantCulture, out var json) || json > body)
        {
            throw RequestException.Bad($"Header {InferResult.JsonLengthHeader} is '{header}'; expected a whole number from 0 to {body}, the length of the body.");
        }

        return json > 0 ? json : null;
    }

    private static InferBinding Bind(HttpRequest http, ReadOnlySpan<byte> body, int? jsonLength, ServedModel model) => jsonLength is { } json
        ? InferBinding.Of(InferRequestReader.Read(body[..json]), model, body, body.Length - json)
        : InferBinding.OfRaw(model, body, http.ContentType?.StartsWith("image/", StringComparison.OrdinalIgnoreCase) is true);
}
