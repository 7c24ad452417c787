using System.Threading.Channels;
using Toolchain.Runtime;

namespace Toolchain.Serve.Batching;

/// <summary>
/// The queue of one model and the one task that runs it. A request takes a place, rows of the model's buffer, fills them on its own thread
/// and hands them over; the owner runs what is ready whenever the session is free. So a lone request never waits, and batches grow exactly
/// while the session is busy.
/// </summary>
internal sealed class Batcher : IAsyncDisposable
{
    // Rows that run, rows that are ready for the next batch, rows whose answers are being written, and rows that are being decoded.
    private const int BatchesOfRows = 4;
    private readonly BatchOptions _options;
    private readonly ILogger _logger;
    private readonly string _model;
    private readonly ModelSession _session;
    private readonly Channel<RowLease> _filled = Channel.CreateUnbounded<RowLease>(new() { SingleReader = true });
    private readonly ReadyRows _ready;
    private readonly Task _owner;
    private int _queued;
    private volatile bool _stopped;

    /// <summary>Makes room for rows and starts the owner.</summary>
    /// <param name="model">What messages call the model: <c>name:3</c>.</param>
    /// <param name="session">The model; disposed with the batcher.</param>
    /// <param name="layout">The model's rows.</param>
    /// <param name="options">Limits.</param>
    /// <param name="time">The clock of deadlines and timings.</param>
    /// <param name="logger">Failures of the model go here.</param>
    public Batcher(string model, ModelSession session, RowLayout layout, BatchOptions options, TimeProvider time, ILogger logger)
    {
        (_model, _session, _options, Time, _logger) = (model, session, options, time, logger);
        Buffer = new(session, layout, BatchesOfRows * options.MaxBatchSize);
        Allocator = new(Buffer.Rows);
        _ready = new(Buffer.Rows, options.MaxBatchSize);
        _owner = Task.Run(OwnAsync);
    }

    /// <summary>Most rows of a request.</summary>
    public int MaxBatchSize => _options.MaxBatchSize;

    /// <summary>Requests that wait: for rows, for a decoder, or for the session.</summary>
    public int Waiting => Volatile.Read(ref _queued);

    /// <summary>Whether the next request will be refused; asked before a body is read.</summary>
    public bool IsFull => Waiting >= _options.MaxQueueSize;

    internal RowBuffer Buffer { get; }

    internal RowAllocator Allocator { get; }

    internal TimeProvider Time { get; }

    /// <summary>Runs a single row and a full batch of zeros, so that the first requests find the model warm. Before any request.</summary>
    /// <exception cref="ToolchainException">The model fails on them.</exception>
    public void WarmUp()
    {
        for (var input = 0; input < Buffer.Layout.Inputs.Count; input++)
        {
            Buffer.Input(input, 0, MaxBatchSize).Clear();
        }

        Buffer.Run(0, 1);
        Buffer.Run(0, MaxBatchSize);
    }

    /// <summary>Takes a place in the queue.</summary>
    /// <param name="rows">The rows of the request, 1 to <see cref="MaxBatchSize"/>.</param>
    /// <param name="timeout">How long it may wait at most; the model's default when null.</param>
    /// <param name="cancellation">The client went away.</param>
    /// <returns>The request, which the caller disposes; null when the queue is full.</returns>
    public RowLease? TryEnter(int rows, TimeSpan? timeout, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, MaxBatchSize);
        if (Interlocked.Increment(ref _queued) > _options.MaxQueueSize)
        {
            Leave();
            return null;
        }

        return new(this, rows, Deadline(timeout ?? _options.QueueTimeout), cancellation);
    }

    /// <summary>Ends the owner after the run at hand; requests that are still waiting get <see cref="RunOutcome.Stopped"/>.</summary>
    public Task StopAsync()
    {
        _stopped = true;
        _filled.Writer.TryComplete();
        return _owner;
    }

    /// <summary>Stops, and gives the memory back as soon as nobody reads it any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        Allocator.WhenEmpty(() =>
        {
            Buffer.Dispose();
            _session.Dispose();
        });
    }

    internal void Leave() => Interlocked.Decrement(ref _queued);

    internal void Hand(RowLease lease)
    {
        if (!_filled.Writer.TryWrite(lease))
        {
            lease.Complete(RunOutcome.Stopped);
        }
    }

    private async Task OwnAsync()
    {
        var batch = new List<RowLease>(_options.MaxBatchSize);
        while (await _filled.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            Collect();
            while (_ready.Count > 0 && !_stopped)
            {
                await HoldAsync().ConfigureAwait(false);
                Execute(batch);
                Collect();
            }
        }

        _ready.Drain(batch);
        batch.ForEach(static lease => lease.Complete(RunOutcome.Stopped));
    }

    private void Collect()
    {
        while (_filled.Reader.TryRead(out var lease))
        {
            _ready.Add(lease);
        }
    }

    /// <summary>Waits for a fuller batch, where the options allow it.</summary>
    private async ValueTask HoldAsync()
    {
        while (_options.MaxQueueDelay > TimeSpan.Zero && _ready.Count < _options.MaxBatchSize && _ready.Oldest(Time.GetTimestamp()) is { } oldest)
        {
            var left = _options.MaxQueueDelay - Time.GetElapsedTime(oldest.Filled);
            if (left <= TimeSpan.Zero)
            {
                return;
            }

            using var limit = new CancellationTokenSource(left, Time);
            try
            {
                if (!await _filled.Reader.WaitToReadAsync(limit.Token).ConfigureAwait(false))
                {
                    return;
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }

            Collect();
        }
    }

    private void Execute(List<RowLease> batch)
    {
        var now = Time.GetTimestamp();
        var (first, count) = _ready.Form(now, batch);
        if (batch.Count == 0)
        {
            return;
        }

        batch.ForEach(lease => lease.Begin(now, count));
        var failure = Run(first, count, batch.Count);
        var ended = Time.GetTimestamp();
        foreach (var lease in batch)
        {
            // A request on which the model fails must not fail its neighbours: each is tried alone.
            var own = failure is null || batch.Count == 1 ? failure : Run(lease.First, lease.Count, 1);
            lease.Finish(failure is null ? ended : Time.GetTimestamp(), own);
        }
    }

    private string? Run(int first, int count, int requests)
    {
        try
        {
            Buffer.Run(first, count);
            _logger.BatchRan(_model, count, requests);
            return null;
        }
        catch (Exception failure)
        {
            // Whatever it is, it is this batch's failure: the owner goes on.
            _logger.RunFailed(_model, count, failure.Message);
            return failure.Message;
        }
    }

    private long Deadline(TimeSpan timeout) => timeout == Timeout.InfiniteTimeSpan
        ? long.MaxValue
        : Time.GetTimestamp() + (long)(timeout.TotalSeconds * Time.TimestampFrequency);
}
