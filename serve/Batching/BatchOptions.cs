namespace Toolchain.Serve.Batching;

/// <summary>How a model's requests are batched.</summary>
internal sealed record BatchOptions
{
    /// <summary>Most rows of a batch.</summary>
    public required int MaxBatchSize { get; init; }

    /// <summary>Sizes that a batch has if it can, ascending, at most <see cref="MaxBatchSize"/>; none by default.</summary>
    public IReadOnlyList<int> PreferredBatchSizes { get; init; } = [];

    /// <summary>How long the first request of a batch may wait for others although the model is free; not at all by default.</summary>
    public TimeSpan MaxQueueDelay { get; init; }

    /// <summary>Most requests that wait for the model; more are refused.</summary>
    public required int MaxQueueSize { get; init; }

    /// <summary>Most bytes that waiting requests keep in memory; more are refused, unless there is only one.</summary>
    public long MaxQueueBytes { get; init; } = long.MaxValue;

    /// <summary>How long a request may wait before it is refused; <see cref="Timeout.InfiniteTimeSpan"/> for as long as it takes.</summary>
    public TimeSpan QueueTimeout { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>The time from a request's arrival to its outputs that is aimed at: what cannot make it is refused, and batches grow within it; null for no aim.</summary>
    public TimeSpan? LatencyTarget { get; init; }

    /// <summary>How long a run may take before the model is given up; <see cref="Timeout.InfiniteTimeSpan"/> for as long as it takes.</summary>
    public TimeSpan RunTimeout { get; init; } = Timeout.InfiniteTimeSpan;
}
