namespace Toolchain.Serve.Batching;

/// <summary>How a model's requests are batched.</summary>
internal sealed record BatchOptions
{
    /// <summary>Most rows of a batch, and of a request.</summary>
    public required int MaxBatchSize { get; init; }

    /// <summary>How long the first request of a batch may wait for others although the session is free; not at all by default.</summary>
    public TimeSpan MaxQueueDelay { get; init; }

    /// <summary>Most requests that wait for the model; more are refused.</summary>
    public required int MaxQueueSize { get; init; }

    /// <summary>How long a request may wait before it is refused; <see cref="Timeout.InfiniteTimeSpan"/> for as long as it takes.</summary>
    public TimeSpan QueueTimeout { get; init; } = Timeout.InfiniteTimeSpan;
}
