using System.Threading.Tasks.Sources;

namespace Toolchain.Serve.Batching;

/// <summary>
/// One request's way through a model: a place in the queue, rows of the buffer to fill, the run, the outputs to read. Disposing it gives
/// the rows back; a request whose rows are with the owner is disposed only after <see cref="RunAsync"/> has ended, so no row is given to
/// another request while native code uses it.
/// </summary>
internal sealed class RowLease : IValueTaskSource<RunOutcome>, IDisposable
{
    private readonly Batcher _batcher;
    private readonly CancellationToken _cancellation;
    private readonly long _deadline;
    private ManualResetValueTaskSourceCore<RunOutcome> _completion = new() { RunContinuationsAsynchronously = true };
    private int _queued = 1;
    private bool _disposed;

    internal RowLease(Batcher batcher, int count, long deadline, CancellationToken cancellation)
    {
        (_batcher, Count, _deadline, _cancellation) = (batcher, count, deadline, cancellation);
        Entered = batcher.Time.GetTimestamp();
    }

    /// <summary>The number of rows.</summary>
    public int Count { get; }

    /// <summary>The first row; −1 before there is one.</summary>
    public int First { get; private set; } = -1;

    /// <summary>The row after the last.</summary>
    public int End => First + Count;

    /// <summary>Rows in the batch that it ran in.</summary>
    public int BatchSize { get; private set; }

    /// <summary>Why the model failed on it; empty unless it did.</summary>
    public string Failure { get; private set; } = "";

    /// <summary>When it took its place in the queue, when its rows were filled, and when its run began and ended; timestamps.</summary>
    public long Entered { get; }

    /// <inheritdoc cref="Entered"/>
    public long Filled { get; private set; }

    /// <inheritdoc cref="Entered"/>
    public long Started { get; private set; }

    /// <inheritdoc cref="Entered"/>
    public long Ended { get; private set; }

    /// <summary>Waits until there are rows for it.</summary>
    /// <exception cref="OperationCanceledException">The client went away.</exception>
    public async ValueTask TakeRowsAsync() => First = await _batcher.Allocator.TakeAsync(Count, _cancellation).ConfigureAwait(false);

    /// <summary>The bytes of its rows of an input, to be filled before <see cref="RunAsync"/>.</summary>
    public Span<byte> Input(int tensor) => _batcher.Buffer.Input(tensor, First, Count);

    /// <summary>The bytes of its rows of an output, after <see cref="RunAsync"/> has completed.</summary>
    public ReadOnlySpan<byte> Output(int tensor) => _batcher.Buffer.Output(tensor, First, Count);

    /// <summary>Hands the filled rows to the model's owner and waits for the run, whether or not the client still waits.</summary>
    public ValueTask<RunOutcome> RunAsync()
    {
        Filled = _batcher.Time.GetTimestamp();
        var completion = new ValueTask<RunOutcome>(this, _completion.Version);
        _batcher.Hand(this);
        return completion;
    }

    /// <summary>Why it need not run any more; null while it should.</summary>
    internal RunOutcome? Unwanted(long now) => _cancellation.IsCancellationRequested ? RunOutcome.Cancelled
        : now > _deadline ? RunOutcome.Expired
        : null;

    /// <summary>The time between two timestamps.</summary>
    public TimeSpan Elapsed(long from, long to) => _batcher.Time.GetElapsedTime(from, to);

    /// <summary>Whether its deadline has passed.</summary>
    public bool IsExpired => _batcher.Time.GetTimestamp() > _deadline;

    internal void Begin(long now, int batchSize)
    {
        (Started, BatchSize) = (now, batchSize);
        LeaveQueue();
    }

    internal void Finish(long now, string? failure)
    {
        (Ended, Failure) = (now, failure ?? "");
        Complete(failure is null ? RunOutcome.Completed : RunOutcome.Failed);
    }

    internal void Complete(RunOutcome outcome)
    {
        LeaveQueue();
        _completion.SetResult(outcome);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        LeaveQueue();
        if (First >= 0 && !_disposed)
        {
            _disposed = true;
            _batcher.Allocator.Free(First, Count);
        }
    }

    RunOutcome IValueTaskSource<RunOutcome>.GetResult(short token) => _completion.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<RunOutcome>.GetStatus(short token) => _completion.GetStatus(token);

    void IValueTaskSource<RunOutcome>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _completion.OnCompleted(continuation, state, token, flags);

    private void LeaveQueue()
    {
        if (Interlocked.Exchange(ref _queued, 0) == 1)
        {
            _batcher.Leave();
        }
    }
}
