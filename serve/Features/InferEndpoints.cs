using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Toolchain.Serve.Batching;
using Toolchain.Serve.Http;
using Toolchain.Serve.Models;
using Toolchain.Serve.Protocol;

namespace Toolchain.Serve.Features;

/// <summary>Open Inference Protocol v2: infer, with JSON tensors, binary tensors and raw bodies.</summary>
internal static class InferEndpoints
{
    /// <summary>Maps <c>/v2/models/{model}[/versions/{version}]/infer</c>.</summary>
    public static RouteGroupBuilder MapInfer(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v2/models/{model}").WithTags("Inference").ProducesErrors(400, 404, 413, 415, 500, 501, 503).WithMetadata(Work.Instance);
        group.MapPost("infer", Infer).WithName("infer").WithSummary("Runs the model.").DescribesInfer();
        group.MapPost("versions/{version}/infer", InferVersion).WithName("inferVersion").WithSummary("Runs a version of the model.").DescribesInfer();
        return group;
    }

    private static Task<Results<InferResult, ErrorResult>> Infer(string model, HttpContext http, ServerState state, ByteBudget budget) => InferVersion(model, null, http, state, budget);

    private static async Task<Results<InferResult, ErrorResult>> InferVersion(string model, string? version, HttpContext http, ServerState state, ByteBudget budget)
    {
        var served = ModelEndpoints.Find(state, model, version);
        if (served.Batcher.IsFull)
        {
            return ErrorResult.QueueFull;
        }

        using var body = await RequestBody.ReadAsync(http.Request, budget, http.RequestAborted).ConfigureAwait(false);
        if (body is null)
        {
            return ErrorResult.QueueFull;
        }

        var binding = Bind(http.Request, body.Bytes.Span, served);
        var lease = served.Batcher.TryEnter(new(binding.Rows, binding.Timeout, Cancellation: http.RequestAborted, Bytes: body.Bytes.Length));
        if (lease is null)
        {
            return ErrorResult.QueueFull;
        }

        var completed = false;
        try
        {
            await lease.TakeRowsAsync().ConfigureAwait(false);
            binding.Fill(body.Bytes.Span, lease, served);
            var outcome = await lease.RunAsync().ConfigureAwait(false);
            completed = outcome == RunOutcome.Completed;
            return completed ? new InferResult(served, binding, lease) : Unserved(outcome, served, lease);
        }
        finally
        {
            if (!completed)
            {
                lease.Dispose();
            }
        }
    }

    /// <summary>The response to a request that left the queue without outputs.</summary>
    internal static ErrorResult Unserved(RunOutcome outcome, ServedModel model, RowLease lease) => outcome switch
    {
        RunOutcome.Expired => ErrorResult.Expired,
        RunOutcome.Stopped => ErrorResult.Stopping,
        RunOutcome.Unavailable => new(StatusCodes.Status503ServiceUnavailable, lease.Failure),
        RunOutcome.Failed => new(StatusCodes.Status500InternalServerError, $"Model {model} failed on this request. {lease.Failure}"),
        RunOutcome.Cancelled => throw new OperationCanceledException("The client went away."),
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "Unknown outcome."),
    };

    private static InferBinding Bind(HttpRequest http, ReadOnlySpan<byte> body, ServedModel model)
    {
        if (!http.Headers.TryGetValue(InferResult.JsonLengthHeader, out var header))
        {
            return InferBinding.Of(InferRequestReader.Read(body), model, 0);
        }

        if (!int.TryParse(header, NumberStyles.None, CultureInfo.InvariantCulture, out var json) || json > body.Length)
        {
            throw RequestException.Bad($"Header {InferResult.JsonLengthHeader} is '{header}'; expected a whole number from 0 to {body.Length}, the length of the body.");
        }

        return json == 0 ? InferBinding.OfRaw(model, body.Length) : InferBinding.Of(InferRequestReader.Read(body[..json]), model, body.Length - json);
    }
}
