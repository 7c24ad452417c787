namespace Toolchain.Serve.Metrics;

/// <summary>Counts what a loaded version does. Safe to use from many threads at once; counting takes no lock and allocates nothing but once for each batch size.</summary>
/// <param name="maxBatchSize">Most rows of a batch.</param>
/// <param name="time">The clock of <see cref="StatisticsSnapshot.LastInference"/>.</param>
internal sealed class ModelStatistics(int maxBatchSize, TimeProvider time)
{
    private readonly DurationTally[] _failures = [.. FailureReasons.All.Select(static _ => new DurationTally())];
    private readonly BatchTally?[] _batches = new BatchTally?[maxBatchSize + 1];
    private long _rows;
    private long _lastInference;

    /// <summary>Successful requests, in ticks.</summary>
    public Histogram Request { get; } = new(MetricBounds.Durations);

    /// <summary>Waiting of successful requests, in ticks.</summary>
    public Histogram Queue { get; } = new(MetricBounds.Durations);

    /// <summary>Reading or decoding the inputs of successful requests, in ticks.</summary>
    public Histogram ComputeInput { get; } = new(MetricBounds.Durations);

    /// <summary>The runs of the batches that successful requests were in, in ticks.</summary>
    public Histogram ComputeInfer { get; } = new(MetricBounds.Durations);

    /// <summary>Writing the outputs of successful requests, in ticks.</summary>
    public Histogram ComputeOutput { get; } = new(MetricBounds.Durations);

    /// <summary>Rows of the batches that ran.</summary>
    public Histogram BatchSize { get; } = new(MetricBounds.BatchSizes);

    /// <summary>Counts a request that got its outputs.</summary>
    /// <param name="rows">Its rows.</param>
    /// <param name="queue">How long it waited.</param>
    /// <param name="input">How long its inputs took to read or decode.</param>
    /// <param name="infer">How long the run of its batch took.</param>
    /// <param name="output">How long its outputs took to write.</param>
    /// <param name="request">The whole of it.</param>
    public void Succeeded(int rows, TimeSpan queue, TimeSpan input, TimeSpan infer, TimeSpan output, TimeSpan request)
    {
        Interlocked.Add(ref _rows, rows);
        Volatile.Write(ref _lastInference, time.GetUtcNow().UtcTicks);
        Queue.Observe(queue.Ticks);
        ComputeInput.Observe(input.Ticks);
        ComputeInfer.Observe(infer.Ticks);
        ComputeOutput.Observe(output.Ticks);
        Request.Observe(request.Ticks);
    }

    /// <summary>Counts a request that got no outputs.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="request">How long it took.</param>
    public void Failed(FailureReason reason, TimeSpan request) => _failures[(int)reason].Add(request);

    /// <summary>Counts a run of the model, whether or not it succeeded.</summary>
    /// <param name="rows">Its rows, 1 to the largest batch size.</param>
    /// <param name="input">How long its inputs took to prepare.</param>
    /// <param name="infer">How long the model took.</param>
    /// <param name="output">How long its outputs took to hand back.</param>
    public void BatchRan(int rows, TimeSpan input, TimeSpan infer, TimeSpan output)
    {
        BatchSize.Observe(rows);
        Tally(rows).Add(input, infer, output);
    }

    /// <summary>What was counted so far.</summary>
    public StatisticsSnapshot Snapshot()
    {
        var batches = _batches.Index().Where(static b => b.Item is not null).Select(static b => b.Item!.Read(b.Index)).ToList();
        var failures = Array.ConvertAll(_failures, static f => f.Read());
        return new()
        {
            LastInference = Volatile.Read(ref _lastInference) is > 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null,
            InferenceCount = Volatile.Read(ref _rows),
            ExecutionCount = batches.Sum(static b => b.Infer.Count),
            Success = Total(Request),
            Fail = new(failures.Sum(static f => f.Count), new TimeSpan(failures.Sum(static f => f.Sum.Ticks))),
            Failures = FailureReasons.All.ToDictionary(static reason => reason, reason => failures[(int)reason].Count),
            Queue = Total(Queue),
            ComputeInput = Total(ComputeInput),
            ComputeInfer = Total(ComputeInfer),
            ComputeOutput = Total(ComputeOutput),
            Batches = batches,
        };
    }

    private static DurationTotal Total(Histogram histogram) => histogram.Read() is var counts ? new(counts.Count, new TimeSpan(counts.Sum)) : default;

    private BatchTally Tally(int rows) => Volatile.Read(ref _batches[rows]) ?? Interlocked.CompareExchange(ref _batches[rows], new(), null) ?? _batches[rows]!;

    /// <summary>A count and a sum.</summary>
    private sealed class DurationTally
    {
        private long _count;
        private long _ticks;

        public void Add(TimeSpan duration)
        {
            Interlocked.Increment(ref _count);
            Interlocked.Add(ref _ticks, duration.Ticks);
        }

        public DurationTotal Read() => new(Volatile.Read(ref _count), new TimeSpan(Volatile.Read(ref _ticks)));
    }

    /// <summary>The runs of one batch size.</summary>
    private sealed class BatchTally
    {
        private readonly DurationTally _input = new();
        private readonly DurationTally _infer = new();
        private readonly DurationTally _output = new();

        public void Add(TimeSpan input, TimeSpan infer, TimeSpan output)
        {
            _input.Add(input);
            _infer.Add(infer);
            _output.Add(output);
        }

        public BatchStatistics Read(int size) => new(size, _input.Read(), _infer.Read(), _output.Read());
    }
}
