namespace Toolchain.Serve.Metrics;

/// <summary>How often something happened and how long it took altogether; the protocol's <c>{"count", "ns"}</c>.</summary>
internal readonly record struct DurationTotal(long Count, TimeSpan Sum)
{
    /// <summary>The sum in nanoseconds.</summary>
    public long Nanoseconds => Sum.Ticks * TimeSpan.NanosecondsPerTick;
}

/// <summary>Runs of one batch size.</summary>
/// <param name="Size">Rows.</param>
/// <param name="Input">Preparing the inputs.</param>
/// <param name="Infer">Running the model.</param>
/// <param name="Output">Writing the outputs.</param>
internal sealed record BatchStatistics(int Size, DurationTotal Input, DurationTotal Infer, DurationTotal Output);

/// <summary>What a model did since it was loaded, as the statistics extension of the protocol has it.</summary>
internal sealed record StatisticsSnapshot
{
    /// <summary>When the last request was answered (UTC); null before the first.</summary>
    public DateTimeOffset? LastInference { get; init; }

    /// <summary>Rows of successful requests.</summary>
    public long InferenceCount { get; init; }

    /// <summary>Runs of the model.</summary>
    public long ExecutionCount { get; init; }

    /// <summary>Successful requests, from the moment when their model was found to the last byte of their response.</summary>
    public DurationTotal Success { get; init; }

    /// <summary>Failed requests.</summary>
    public DurationTotal Fail { get; init; }

    /// <summary>Failed requests by reason.</summary>
    public required IReadOnlyDictionary<FailureReason, long> Failures { get; init; }

    /// <summary>Waiting, of successful requests.</summary>
    public DurationTotal Queue { get; init; }

    /// <summary>Reading or decoding the inputs, of successful requests.</summary>
    public DurationTotal ComputeInput { get; init; }

    /// <summary>The runs of the batches that successful requests were in.</summary>
    public DurationTotal ComputeInfer { get; init; }

    /// <summary>Writing the outputs, of successful requests.</summary>
    public DurationTotal ComputeOutput { get; init; }

    /// <summary>Runs by batch size, ascending; sizes that never ran are left out.</summary>
    public required IReadOnlyList<BatchStatistics> Batches { get; init; }
}
