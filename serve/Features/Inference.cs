using System.Runtime.CompilerServices;
using Toolchain.Serve.Batching;
using Toolchain.Serve.Http;
using Toolchain.Serve.Metrics;
using Toolchain.Serve.Models;
using Toolchain.Serve.Protocol;

namespace Toolchain.Serve.Features;

/// <summary>
/// One request's way through a model, whichever protocol it came by: a place in the queue, its rows, the run, and its line in the model's statistics.
/// It ends in one of three ways: refused, failed, or run and then <see cref="Complete"/>.
/// </summary>
/// <param name="model">The model, which the caller keeps in use.</param>
/// <param name="decoding">Decodes images.</param>
internal sealed class Inference(ServedModel model, ImageDecoding decoding)
{
    private readonly long _started = model.Batcher.Time.GetTimestamp();
    private RowLease? _lease;

    /// <summary>The model.</summary>
    public ServedModel Model => model;

    /// <summary>Threads for what takes long.</summary>
    public LongWork Threads => decoding.Threads;

    /// <summary>What was asked for; after <see cref="RunAsync"/>.</summary>
    public InferBinding Binding { get; private set; } = null!;

    /// <summary>The rows with their outputs; after <see cref="RunAsync"/> and before <see cref="Complete"/>.</summary>
    public RowLease Lease => _lease!;

    /// <summary>How long reading or decoding the inputs took.</summary>
    public TimeSpan Filling { get; private set; }

    /// <summary>How long it waited: for rows, for a decoder, and for the session.</summary>
    public TimeSpan Queue => Lease.Elapsed(Lease.Entered, Lease.Started) - Filling;

    /// <summary>How long the run of its batch took.</summary>
    public TimeSpan Infer => Lease.Elapsed(Lease.Started, Lease.Ended);

    /// <summary>Refuses the request because there is no place for it; asked before its body is read, and when the body finds no memory.</summary>
    public ErrorResult Refuse()
    {
        Count(FailureReason.Rejected);
        return ErrorResult.QueueFull;
    }

    /// <summary>Waits for rows, fills them and runs the model.</summary>
    /// <param name="binding">What is asked for.</param>
    /// <param name="body">The request's body.</param>
    /// <param name="cancellationToken">The client went away.</param>
    /// <returns>The response to a request that has no outputs, whose rows are given back already; null when it has.</returns>
    /// <exception cref="RequestException">Values are not what they should be (400).</exception>
    /// <exception cref="ToolchainException">An image is none, is damaged, or is too large.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ErrorResult?> RunAsync(InferBinding binding, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        Binding = binding;
        if (model.Batcher.TryEnter(new RowRequest(binding.Rows, binding.Timeout, binding.Priority, cancellationToken, body.Length)) is not { } lease)
        {
            return Refuse();
        }

        var outcome = RunOutcome.Cancelled;
        try
        {
            await lease.TakeRowsAsync().ConfigureAwait(false);
            Filling = await binding.FillAsync(body, lease, model, decoding, cancellationToken).ConfigureAwait(false);
            outcome = await lease.RunAsync().ConfigureAwait(false);
            _lease = lease;
        }
        finally
        {
            if (outcome != RunOutcome.Completed)
            {
                lease.Dispose();
            }
        }

        return outcome == RunOutcome.Completed ? null : Unserved(outcome, lease.Failure);
    }

    /// <summary>Counts a request that ended with an exception.</summary>
    public void Fail(Exception failure) => Count(failure switch
    {
        OperationCanceledException => FailureReason.Canceled,
        ToolchainException { Kind: ErrorKind.Unavailable } => FailureReason.Rejected,
        _ => FailureReason.Other,
    });

    /// <summary>The outputs were read: counts the request, and gives its rows back.</summary>
    /// <param name="reading">When reading them began; a timestamp.</param>
    public void Complete(long reading)
    {
        var time = model.Batcher.Time;
        model.Statistics.Succeeded(Lease.Count, Queue, Filling, Infer, time.GetElapsedTime(reading), time.GetElapsedTime(_started));
        Lease.Dispose();
    }

    private ErrorResult Unserved(RunOutcome outcome, string failure)
    {
        switch (outcome)
        {
            case RunOutcome.Expired:
                Count(FailureReason.Rejected);
                return ErrorResult.Expired;
            case RunOutcome.Stopped:
                Count(FailureReason.Other);
                return ErrorResult.Stopping;
            case RunOutcome.Unavailable:
                Count(FailureReason.Backend);
                return new(StatusCodes.Status503ServiceUnavailable, failure);
            case RunOutcome.Failed:
                Count(FailureReason.Backend);
                return new(StatusCodes.Status500InternalServerError, $"Model {model} failed on this request. {failure}");
            case RunOutcome.Cancelled:
                throw new OperationCanceledException("The client went away.");
            default:
                throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "Unknown outcome.");
        }
    }

    private void Count(FailureReason reason) => model.Statistics.Failed(reason, model.Batcher.Time.GetElapsedTime(_started));
}
