using Microsoft.AspNetCore.Http.HttpResults;
using Toolchain.Registry;
using Toolchain.Runtime;
using Toolchain.Serve.Batching;
using Toolchain.Serve.Http;
using Toolchain.Serve.Models;

namespace Toolchain.Serve.Features;

/// <summary>Classifying an encoded image.</summary>
internal static class ClassifyEndpoints
{
    /// <summary>Labels that are returned unless the request says otherwise.</summary>
    internal const int DefaultTop = 5;

    /// <summary>Maps <c>/v1/models/{reference}/classify</c>.</summary>
    public static RouteGroupBuilder MapClassify(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/models/{reference}").WithTags("Images").ProducesErrors(400, 404, 413, 415, 500, 503).WithMetadata(Work.Instance);
        group.MapPost("classify", Classify)
            .WithName("classify")
            .WithSummary("Classifies an image: PNG, JPEG or WebP (also GIF, TIFF and AVIF), of any size, as the body.")
            .DescribesClassify();
        return group;
    }

    private static async Task<Results<ClassificationResult, ErrorResult>> Classify(
        string reference, HttpContext http, ServerState state, ByteBudget budget, ImageDecoding decoding, int top = DefaultTop)
    {
        var model = Find(state, reference);
        if (top < 1)
        {
            throw RequestException.Bad($"Parameter 'top' is {top}; expected a whole number from 1.");
        }

        if (http.Request.HasJsonContentType() || http.Request.HasFormContentType)
        {
            return new ErrorResult(StatusCodes.Status415UnsupportedMediaType, $"A body of type '{http.Request.ContentType}' is not an image. Send the file itself, for example with curl --data-binary @image.png -H 'Content-Type: image/png'.");
        }

        if (model.Batcher.IsFull)
        {
            return ErrorResult.QueueFull;
        }

        using var body = await RequestBody.ReadAsync(http.Request, budget, http.RequestAborted).ConfigureAwait(false);
        if (body is null || model.Batcher.TryEnter(new(1, Cancellation: http.RequestAborted, Bytes: body.Bytes.Length)) is not { } lease)
        {
            return ErrorResult.QueueFull;
        }

        var completed = false;
        try
        {
            await lease.TakeRowsAsync().ConfigureAwait(false);
            var decoded = await decoding.DecodeAsync(body.Bytes, lease, model.Image!, http.RequestAborted).ConfigureAwait(false);
            var outcome = await lease.RunAsync().ConfigureAwait(false);
            completed = outcome == RunOutcome.Completed;
            return completed ? new ClassificationResult(model, lease, top, decoded) : InferEndpoints.Unserved(outcome, model, lease);
        }
        finally
        {
            if (!completed)
            {
                lease.Dispose();
            }
        }
    }

    private static ServedModel Find(ServerState state, string reference) => state.Models.Find(ModelReference.Parse(reference)) switch
    {
        ServedModel { Image: not null, Classes: not null } model => model,
        ServedModel model => throw RequestException.Bad($"Model {model} cannot classify an image: it {Reason(model)}POST tensors to /v2/models/{model.Name}/versions/{model.VersionText}/infer."),
        RefusedModel refused => throw RequestException.Bad($"Model version not ready: {refused} was refused. {refused.Problem}"),
        var other => throw new ArgumentOutOfRangeException(nameof(reference), other, "Unknown kind of model."),
    };

    private static string Reason(ServedModel model)
    {
        var (inputs, outputs) = (Tensors(model.Layout.Inputs), Tensors(model.Layout.Outputs));
        var task = model.Manifest!.Task;
        return task != ModelTask.Classification.Text() ? $"is for {task}, and gives {outputs} for {inputs}. "
            : model.Manifest.Preprocessing.Samples == SampleKind.Numbers ? $"classifies rows of a table, and takes {inputs}. "
            : $"takes {inputs} and gives {outputs}, and expected is '{ModelTensors.Pixels}' UINT8 [-1,H,W,C] with an output '{ModelTensors.Probabilities}' of one row per image. Export it with --input pixels, or ";
    }

    private static string Tensors(EquatableArray<RowTensor> rows) =>
        string.Join(" and ", rows.Select(TensorMetadata.Of).Select(static t => $"'{t.Name}' {t.Datatype} [{string.Join(',', t.Shape)}]"));
}
