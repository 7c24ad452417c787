using System.Threading.Tasks.Sources;

namespace Toolchain.Serve.Batching;

/// <summary>
/// One request's way through a model: a place in the queue, rows of the buffer to fill, the run, the outputs to read. Disposing it gives the
/// rows back, but never while native code uses them: rows of a run that goes on are given back when it ends.
/// </summary>
internal sealed class RowLease : IValueTaskSource, IValueTaskSource<RunOutcome>, IDisposable
{
    private readonly Batcher _batcher;
    private ManualResetValueTaskSourceCore<RunOutcome> _completion = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _leaving;
    private int _waits = 1;

    internal RowLease(Batcher batcher, in RowRequest request, long entered, long deadline)
    {
        (_batcher, Count, Bytes, Cancellation) = (batcher, request.Rows, request.Bytes, request.Cancellation);
        (Entered, Deadline) = (entered, deadline);
        Order = entered + ((RequestPriority.Level(request.Priority) - 1) * batcher.Ticks(RequestPriority.Step));
    }

    /// <summary>The number of rows.</summary>
    public int Count { get; }

    /// <summary>The first row; −1 before there is one.</summary>
    public int First { get; internal set; } = -1;

    /// <summary>The row after the last.</summary>
    public int End => First + Count;

    /// <summary>Rows in the batch that it ran in; of a request that was split, in its first.</summary>
    public int BatchSize { get; private set; }

    /// <summary>Why the model failed on it or is unavailable; empty unless it is so.</summary>
    public string Failure { get; internal set; } = "";

    /// <summary>Why its batch was what it was; after <see cref="RunAsync"/> has completed.</summary>
    public BatchReport Batch => new(BatchSize, BatchRequests, ClosedBy, Instance, Elapsed(Entered, Started).TotalMilliseconds, Elapsed(Started, Ended).TotalMilliseconds);

    /// <summary>When it took its place in the queue, when its rows were filled, and when its run began and ended; timestamps.</summary>
    public long Entered { get; }

    /// <inheritdoc cref="Entered"/>
    public long Filled { get; internal set; }

    /// <inheritdoc cref="Entered"/>
    public long Started { get; private set; }

    /// <inheritdoc cref="Entered"/>
    public long Ended { get; internal set; }

    /// <summary>Whether its deadline has passed.</summary>
    public bool IsExpired => _batcher.Time.GetTimestamp() > Deadline;

    internal CancellationToken Cancellation { get; }

    internal long Deadline { get; }

    internal long Bytes { get; }

    // What follows belongs to the queue, and is touched only while its gate is held.

    /// <summary>What requests are ordered by: the time of arrival, later by a step for each level below the highest.</summary>
    internal long Order { get; }

    /// <summary>The neighbours in the list that it is in.</summary>
    internal RowLease? Before { get; set; }

    /// <inheritdoc cref="Before"/>
    internal RowLease? After { get; set; }

    /// <summary>Where it is.</summary>
    internal LeasePlace Place { get; set; }

    /// <summary>The first row that has not begun to run.</summary>
    internal int Next { get; set; }

    /// <summary>Runs that use its rows now.</summary>
    internal int Underway { get; set; }

    /// <summary>How it will end.</summary>
    internal RunOutcome Verdict { get; set; }

    /// <summary>Whether it has been told how it ended.</summary>
    internal bool IsOver { get; private set; }

    /// <summary>Whether nobody will read its rows any more.</summary>
    internal bool IsReleased { get; set; }

    private int BatchRequests { get; set; }

    private ClosedBy ClosedBy { get; set; }

    private int Instance { get; set; }

    /// <summary>Waits until there are rows for it.</summary>
    /// <exception cref="OperationCanceledException">The client went away.</exception>
    /// <exception cref="ToolchainException">Its deadline passed, the server stops, or the model is given up (<see cref="ErrorKind.Unavailable"/>).</exception>
    public ValueTask TakeRowsAsync()
    {
        if (_batcher.Queue.TakeRows(this))
        {
            return default;
        }

        var granted = new ValueTask(this, _completion.Version);
        _leaving = Cancellation.UnsafeRegister(static lease => ((RowLease)lease!).GiveUp(), this);
        return granted;
    }

    /// <summary>The bytes of its rows of an input, to be filled before <see cref="RunAsync"/>.</summary>
    public Span<byte> Input(int tensor) => _batcher.Buffer.Input(tensor, First, Count);

    /// <summary>The bytes of its rows of an output, after <see cref="RunAsync"/> has completed.</summary>
    public ReadOnlySpan<byte> Output(int tensor) => _batcher.Buffer.Output(tensor, First, Count);

    /// <summary>Hands the filled rows to the model and waits for their run, whether or not the client still waits. A short run may already be over when this returns.</summary>
    public ValueTask<RunOutcome> RunAsync()
    {
        var completion = new ValueTask<RunOutcome>(this, _completion.Version);
        _batcher.Hand(this);
        return completion;
    }

    /// <summary>The time between two timestamps.</summary>
    public TimeSpan Elapsed(long from, long to) => _batcher.Time.GetElapsedTime(from, to);

    /// <inheritdoc/>
    public void Dispose()
    {
        StopWaiting();
        _batcher.Queue.Release(this);
    }

    /// <inheritdoc/>
    public ValueTaskSourceStatus GetStatus(short token) => _completion.GetStatus(token);

    /// <inheritdoc/>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) => _completion.OnCompleted(continuation, state, token, flags);

    RunOutcome IValueTaskSource<RunOutcome>.GetResult(short token) => _completion.GetResult(token);

    void IValueTaskSource.GetResult(short token)
    {
        _leaving.Dispose();
        switch (_completion.GetResult(token))
        {
            case RunOutcome.Completed:
                _completion.Reset();
                return;
            case RunOutcome.Cancelled:
                throw new OperationCanceledException("The client went away.", Cancellation);
            case RunOutcome.Expired:
                throw new ToolchainException(ErrorKind.Unavailable, "Request timeout expired");
            case RunOutcome.Stopped:
                throw new ToolchainException(ErrorKind.Unavailable, "Server is stopping; send the request to another one");
            default:
                throw new ToolchainException(ErrorKind.Unavailable, Failure);
        }
    }

    /// <summary>Why it need not run any more; null while it should.</summary>
    internal RunOutcome? Unwanted(long now) => Cancellation.IsCancellationRequested ? RunOutcome.Cancelled
        : now > Deadline ? RunOutcome.Expired
        : null;

    internal void Grant(int first)
    {
        (First, Next) = (first, first);
        _completion.SetResult(RunOutcome.Completed);
    }

    internal void Begin(RunBatch batch)
    {
        if (Interlocked.CompareExchange(ref _waits, 0, 1) == 1)
        {
            (Started, BatchSize, BatchRequests, ClosedBy, Instance) = (batch.Began, batch.Count, batch.Pieces.Count, batch.ClosedBy, batch.Instance);
            _batcher.Left(this);
        }
    }

    internal void Complete(RunOutcome outcome)
    {
        if (!IsOver)
        {
            IsOver = true;
            StopWaiting();
            _completion.SetResult(outcome);
        }
    }

    private void GiveUp() => _batcher.Queue.GiveUp(this);

    private void StopWaiting()
    {
        if (Interlocked.Exchange(ref _waits, 0) == 1)
        {
            _batcher.Left(this);
        }
    }
}

/// <summary>Where a request is on its way.</summary>
internal enum LeasePlace
{
    /// <summary>With whoever made it, or in a run.</summary>
    Elsewhere,

    /// <summary>In the line for rows.</summary>
    Line,

    /// <summary>Among those that are filled and have rows to run.</summary>
    Ready,
}
