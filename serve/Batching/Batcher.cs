using Toolchain.Runtime;
using Toolchain.Serve.Models;

namespace Toolchain.Serve.Batching;

/// <summary>
/// One model's queue and its instances. A request takes a place, rows of the model's buffer, fills them on its own thread and hands them over;
/// an instance that is free runs what is ready, on its own thread or, where a run is shorter than changing threads, on the request's. So a lone request never waits, and batches grow exactly while all instances are busy.
/// </summary>
internal sealed class Batcher : IAsyncDisposable
{
    // Rows that run, rows that are ready for the next batch, rows whose answers are being written, and rows that are being decoded.
    private const int BatchesOfRows = 4;
    private const int LeastRows = 32;

    // The operating system provides only what is used; it must still be able to.
    private const long MostBufferBytes = 4L << 30;

    // What is page-locked for a GPU is taken at once, and from all programs.
    private const long MostPageLockedBytes = 512L << 20;

    // Sizes beyond the usual ones are warmed as far as this allows.
    private static readonly TimeSpan WarmUpLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LeastWatchInterval = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);
    private readonly BatchOptions _options;
    private readonly ModelInstances _model;
    private readonly Instance[] _instances;
    private readonly ITimer? _watch;
    private readonly TaskCompletionSource<string> _fault = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _freeing = Task.CompletedTask;
    private int _waiting;
    private int _waitingRows;
    private long _waitingBytes;

    /// <summary>Makes room for rows and starts the instances.</summary>
    /// <param name="model">What messages call the model: <c>name:3</c>.</param>
    /// <param name="instances">The model; disposed with the batcher.</param>
    /// <param name="options">Limits.</param>
    /// <param name="time">The clock of deadlines and timings.</param>
    /// <param name="logger">Failures of the model go here.</param>
    public Batcher(string model, ModelInstances instances, BatchOptions options, TimeProvider time, ILogger logger)
    {
        (Model, _model, _options, Time, Logger) = (model, instances, options, time, logger);
        MaxRequestRows = (int)Math.Clamp(MostBytes(instances.Sessions[0].Device) / Math.Max(1, instances.Layout.Bytes), MaxBatchSize, Math.Max(LeastRows, BatchesOfRows * options.MaxBatchSize));
        var rows = MaxRequestRows + ((instances.Plan.Instances - 1) * MaxBatchSize);
        Buffer = new(instances.Sessions[0], instances.Layout, rows + 1);
        Queue = new(rows, MaxBatchSize, options, instances.Permits, time);
        _instances = [.. instances.Sessions.Select((session, number) => new Instance(this, session, number))];
        ClearInputs(ProbeRow, 1);
        Array.ForEach(_instances, static i => i.Start());
        if (options.RunTimeout != Timeout.InfiniteTimeSpan)
        {
            var interval = options.RunTimeout / 4 > LeastWatchInterval ? options.RunTimeout / 4 : LeastWatchInterval;
            _watch = time.CreateTimer(static batcher => ((Batcher)batcher!).Watch(), this, interval, interval);
        }
    }

    /// <summary>What messages call the model.</summary>
    public string Model { get; }

    /// <summary>How the model runs here, and why.</summary>
    public BatchPlan Plan => _model.Plan;

    /// <summary>Most rows of a batch.</summary>
    public int MaxBatchSize => _model.Plan.MaxBatchSize;

    /// <summary>Most rows of a request; more than <see cref="MaxBatchSize"/> run in several batches.</summary>
    public int MaxRequestRows { get; }

    /// <summary>Requests that wait: for rows, for a decoder, or for an instance.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Whether the next request will be refused; asked before a body is read.</summary>
    public bool IsFull => Waiting >= _options.MaxQueueSize;

    /// <summary>Why the model is given up; null while it is not.</summary>
    public string? Fault => _fault.Task.IsCompleted ? _fault.Task.Result : null;

    /// <summary>Ends when the model is given up, because it hangs or fails on everything, with the reason.</summary>
    public Task<string> Faulted => _fault.Task;

    /// <summary>Called after each batch that ran, on the thread that ran it: its rows, and how long it took. Set before the first request.</summary>
    public Action<int, TimeSpan>? BatchRan { get; set; }

    internal RowBuffer Buffer { get; }

    internal LeaseQueue Queue { get; }

    internal RunPermits Permits => _model.Permits;

    internal TimeProvider Time { get; }

    internal ILogger Logger { get; }

    /// <summary>A row that no request gets; its inputs are zeros.</summary>
    internal int ProbeRow => Buffer.Rows - 1;

    /// <summary>
    /// Runs zeros in every batch size that is usual (1, powers of two, preferred ones and the largest), and in all others as far as two seconds
    /// allow, so that the first requests find the model warm. Before any request.
    /// </summary>
    /// <exception cref="ToolchainException">The model fails on them.</exception>
    public void WarmUp()
    {
        ClearInputs(0, MaxBatchSize);
        var started = Time.GetTimestamp();
        foreach (var instance in _instances.DistinctBy(i => _model.Sessions[i.Batch.Instance]))
        {
            // The largest first, so that memory is asked for once.
            foreach (var size in Enumerable.Range(1, MaxBatchSize).OrderByDescending(size => size == MaxBatchSize).ThenByDescending(IsUsual))
            {
                if (IsUsual(size) || Time.GetElapsedTime(started) < WarmUpLimit)
                {
                    instance.WarmUp(size);
                    Prime(instance, size);
                }
            }
        }
    }

    /// <summary>Takes a place in the queue.</summary>
    /// <param name="request">What is asked for; its rows are 1 to <see cref="MaxRequestRows"/>.</param>
    /// <returns>The request, which the caller disposes; null when the queue is full, or the latency target cannot be met.</returns>
    /// <exception cref="ToolchainException">The model is given up (<see cref="ErrorKind.Unavailable"/>).</exception>
    public RowLease? TryEnter(in RowRequest request)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(request.Rows, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(request.Rows, MaxRequestRows);
        if (Fault is { } fault)
        {
            throw new ToolchainException(ErrorKind.Unavailable, fault);
        }

        var waiting = Interlocked.Increment(ref _waiting);
        var bytes = Interlocked.Add(ref _waitingBytes, request.Bytes);
        var rows = Interlocked.Add(ref _waitingRows, request.Rows);
        if (waiting > _options.MaxQueueSize || (bytes > _options.MaxQueueBytes && bytes > request.Bytes) || IsHopeless(request.Rows, rows - request.Rows))
        {
            Left(request.Rows, request.Bytes);
            return null;
        }

        var now = Time.GetTimestamp();
        return new(this, request, now, Deadline(now, request.Timeout ?? _options.QueueTimeout));
    }

    /// <summary>Ends the instances after the runs at hand; requests that are still waiting get <see cref="RunOutcome.Stopped"/>.</summary>
    public Task StopAsync()
    {
        Queue.Close(RunOutcome.Stopped, "");
        return Task.WhenAll(_instances.Select(static i => i.Ended));
    }

    /// <summary>Stops, and gives the memory back as soon as nobody reads it any more; of a run that hangs, never.</summary>
    public async ValueTask DisposeAsync()
    {
        var ended = StopAsync();
        if (_watch is not null)
        {
            await _watch.DisposeAsync().ConfigureAwait(false);
        }

        await FreeAsync(ended).WaitAsync(Fault is null ? EndLimit : TimeSpan.Zero).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _freeing.ConfigureAwait(false);
    }

    /// <summary>The model is given up: all requests are told, and no other is accepted.</summary>
    internal void BreakDown(string reason)
    {
        var fault = $"Model {Model} is unavailable. {reason}";
        if (_fault.TrySetResult(fault))
        {
            Logger.ModelUnavailable(Model, reason);
            Queue.Close(RunOutcome.Unavailable, fault);
        }
    }

    /// <summary>Adds a request whose rows are filled, and runs it here when that is the shortest way.</summary>
    internal void Hand(RowLease lease)
    {
        if (Queue.Hand(lease) is { } batch)
        {
            _instances[batch.Instance].RunHere();
        }
    }

    internal void Ran(RunBatch batch, long ended) => BatchRan?.Invoke(batch.Count, Time.GetElapsedTime(batch.Began, ended));

    internal void Left(RowLease lease) => Left(lease.Count, lease.Bytes);

    internal long Ticks(TimeSpan span) => (long)(span.TotalSeconds * Time.TimestampFrequency);

    private static long MostBytes(DeviceSpec device) => device.Kind == DeviceKind.Cuda ? MostPageLockedBytes : MostBufferBytes;

    // The first run of a size tells nothing about the next.
    private void Prime(Instance instance, int size)
    {
        if (_options.LatencyTarget is not null && IsUsual(size))
        {
            Queue.Learn(size, instance.WarmUp(size));
        }
    }

    private void Left(int rows, long bytes)
    {
        Interlocked.Decrement(ref _waiting);
        Interlocked.Add(ref _waitingRows, -rows);
        Interlocked.Add(ref _waitingBytes, -bytes);
    }

    private bool IsHopeless(int rows, int ahead) => _options.LatencyTarget is not null && Queue.IsHopeless(rows, ahead, MaxBatchSize, _instances.Length);

    private bool IsUsual(int size) => int.IsPow2(size) || size == MaxBatchSize || _options.PreferredBatchSizes.Contains(size);

    private long Deadline(long now, TimeSpan timeout)
    {
        var limit = _options.LatencyTarget is { } target && (timeout == Timeout.InfiniteTimeSpan || target < timeout) ? target : timeout;
        return limit == Timeout.InfiniteTimeSpan ? long.MaxValue : now + Ticks(limit);
    }

    private void ClearInputs(int row, int count)
    {
        for (var input = 0; input < Buffer.Layout.Inputs.Count; input++)
        {
            Buffer.Input(input, row, count).Clear();
        }
    }

    private void Watch()
    {
        var now = Time.GetTimestamp();
        foreach (var instance in _instances)
        {
            if (instance.IsOverdue(now, _options.RunTimeout))
            {
                BreakDown($"A run of {instance.Batch.Count} rows did not end within {_options.RunTimeout.TotalSeconds:0.###} s.");
                Queue.Close(RunOutcome.Unavailable, Fault!, instance.Batch);
                instance.GiveUp();
            }
        }
    }

    private async Task FreeAsync(Task ended)
    {
        await ended.ConfigureAwait(false);
        Queue.Dispose();
        Queue.WhenUnused(() => _freeing = QuietThread.RunAsync(Free));
    }

    // Takes milliseconds for large models: the system clears the memory, and nobody else may map any meanwhile.
    private void Free()
    {
        Array.ForEach(_instances, static i => i.Free());
        Buffer.Dispose();
        _model.Dispose();
    }
}
