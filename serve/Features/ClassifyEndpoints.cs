using Microsoft.AspNetCore.Http.HttpResults;
using Toolchain.Runtime;
using Toolchain.Serve.Http;
using Toolchain.Serve.Models;
using Toolchain.Serve.Protocol;

namespace Toolchain.Serve.Features;

/// <summary>Classifying encoded images: one as the body, or several as a form.</summary>
internal static class ClassifyEndpoints
{
    /// <summary>Labels that are returned unless the request says otherwise.</summary>
    internal const int DefaultTop = 5;

    /// <summary>Maps <c>/v1/models/{reference}/classify</c>.</summary>
    public static RouteGroupBuilder MapClassify(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/models/{reference}").WithTags("Images").ProducesErrors(400, 404, 408, 413, 415, 500, 501, 503).WithMetadata(Work.Of(routes.ServiceProvider));
        group.MapPost("classify", Classify)
            .WithName("classify")
            .WithSummary("Classifies an image: PNG, JPEG or WebP (also GIF, TIFF and AVIF), of any size, as the body; or several, as a form.")
            .DescribesClassify();
        return group;
    }

    private static async Task<Results<ClassificationResult, ClassificationsResult, ErrorResult>> Classify(
        string reference, HttpContext http, int top = DefaultTop, bool explain = false)
    {
        var work = Work.Of(http);
        using var use = work.State.Use(reference);
        var model = Fitting(use.Model);
        if (top < 1)
        {
            throw RequestException.Bad($"Parameter 'top' is {top}; expected a whole number from 1.");
        }

        var inference = new Inference(model, work.Decoding);
        try
        {
            var isForm = ImageBodies.IsForm(http.Request);
            if (model.Batcher.IsFull)
            {
                return inference.Refuse();
            }

            using var body = await RequestBody.ReadAsync(http.Request, work.Bodies, work.Decoding.Threads, http.RequestAborted).ConfigureAwait(false);
            if (body is null)
            {
                return inference.Refuse();
            }

            if (isForm)
            {
                var files = MultipartBody.Files(body.Bytes.Span, http.Request.ContentType);
                return Answer(model, await ClassifiedFiles.RunAsync(model, work.Decoding, files, body.Bytes, top, explain, http.RequestAborted).ConfigureAwait(false));
            }

            return await inference.RunAsync(InferBinding.OfImage(model, new(0, body.Bytes.Length)), body.Bytes, http.RequestAborted).ConfigureAwait(false) is { } refusal
                ? refusal
                : new ClassificationResult(model, ClassifiedImage.Of(inference, top, explain));
        }
        catch (Exception failure)
        {
            inference.Fail(failure);
            throw;
        }
    }

    // A request of which nothing came is a failed one; otherwise each file has its own answer.
    private static Results<ClassificationResult, ClassificationsResult, ErrorResult> Answer(ServedModel model, ClassifiedFile[] files) => Array.Exists(files, static f => f.Image is not null)
        ? new ClassificationsResult(model, files)
        : new ErrorResult(files[0].Refusal!.Status, string.Join(' ', files.Select(static f => $"{f.Name}: {f.Refusal!.Message}")));

    private static ServedModel Fitting(ServedModel model) => model is { Image: not null, Classes: not null }
        ? model
        : throw RequestException.Bad($"Model {model} cannot classify an image: it {Reason(model)}POST tensors to /v2/models/{model.Name}/versions/{model.VersionText}/infer.");

    private static string Reason(ServedModel model)
    {
        var (inputs, outputs) = (ImageBodies.Tensors(model.Layout.Inputs), ImageBodies.Tensors(model.Layout.Outputs));
        var task = model.Manifest!.Task;
        return SegmentOutput.Of(model) is not null ? $"is for {task}, and gives {outputs} for {inputs}. POST images to /v1/models/{model}/segment, or "
            : task != ModelTask.Classification.Text() ? $"is for {task}, and gives {outputs} for {inputs}. "
            : model.Manifest.Preprocessing.Samples == SampleKind.Numbers ? $"classifies rows of a table, and takes {inputs}. "
            : $"takes {inputs} and gives {outputs}, and expected is '{ModelTensors.Pixels}' UINT8 [-1,H,W,C] with an output '{ModelTensors.Probabilities}' of one row per image. Export it with --input pixels, or ";
    }
}
