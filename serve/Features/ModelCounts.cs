using Toolchain.Serve.Metrics;
using Toolchain.Serve.Models;

namespace Toolchain.Serve.Features;

/// <summary>What models did.</summary>
internal sealed record StatisticsList(IReadOnlyList<ModelCounts> ModelStats);

/// <summary>What a version did since it was loaded.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="Version">The version.</param>
/// <param name="LastInference">When the last request was answered, in ms since 1970 (UTC); 0 before the first.</param>
/// <param name="InferenceCount">Rows of successful requests.</param>
/// <param name="ExecutionCount">Runs of the model; the rows over these are the mean size of a batch.</param>
/// <param name="InferenceStats">Requests and where their time went.</param>
/// <param name="ResponseStats">Empty: every request has one response.</param>
/// <param name="BatchStats">Runs by size of the batch.</param>
/// <param name="MemoryUsage">Empty: the runtime does not tell.</param>
internal sealed record ModelCounts(
    string Name,
    string Version,
    long LastInference,
    long InferenceCount,
    long ExecutionCount,
    RequestCounts InferenceStats,
    IReadOnlyDictionary<string, DurationCount> ResponseStats,
    IReadOnlyList<BatchCounts> BatchStats,
    IReadOnlyList<MemoryCount> MemoryUsage)
{
    /// <summary>The counts of a version.</summary>
    public static ModelCounts Of(ServedModel model)
    {
        var counts = model.Statistics.Snapshot();
        return new(
            model.Name,
            model.VersionText,
            counts.LastInference?.ToUnixTimeMilliseconds() ?? 0,
            counts.InferenceCount,
            counts.ExecutionCount,
            RequestCounts.Of(counts),
            new Dictionary<string, DurationCount>(),
            [.. counts.Batches.Select(static b => new BatchCounts(b.Size, DurationCount.Of(b.Input), DurationCount.Of(b.Infer), DurationCount.Of(b.Output)))],
            []);
    }
}

/// <summary>Requests of a model and where their time went.</summary>
/// <param name="Success">Requests that were answered.</param>
/// <param name="Fail">Requests that failed.</param>
/// <param name="Queue">Waiting.</param>
/// <param name="ComputeInput">Reading or decoding the inputs.</param>
/// <param name="ComputeInfer">Running the model.</param>
/// <param name="ComputeOutput">Writing the outputs.</param>
/// <param name="CacheHit">Always 0: responses are not cached.</param>
/// <param name="CacheMiss">Always 0.</param>
internal sealed record RequestCounts(
    DurationCount Success, DurationCount Fail, DurationCount Queue, DurationCount ComputeInput, DurationCount ComputeInfer, DurationCount ComputeOutput, DurationCount CacheHit, DurationCount CacheMiss)
{
    /// <summary>The counts of a snapshot.</summary>
    public static RequestCounts Of(StatisticsSnapshot counts) => new(
        DurationCount.Of(counts.Success),
        DurationCount.Of(counts.Fail),
        DurationCount.Of(counts.Queue),
        DurationCount.Of(counts.ComputeInput),
        DurationCount.Of(counts.ComputeInfer),
        DurationCount.Of(counts.ComputeOutput),
        new(0, 0),
        new(0, 0));
}

/// <summary>How often, and how long altogether.</summary>
/// <param name="Count">How often.</param>
/// <param name="Ns">How long altogether, in ns.</param>
internal sealed record DurationCount(long Count, long Ns)
{
    /// <summary>The protocol's form of a total.</summary>
    public static DurationCount Of(DurationTotal total) => new(total.Count, total.Nanoseconds);
}

/// <summary>Runs of one batch size.</summary>
/// <param name="BatchSize">Rows.</param>
/// <param name="ComputeInput">Preparing the inputs.</param>
/// <param name="ComputeInfer">Running the model.</param>
/// <param name="ComputeOutput">Writing the outputs.</param>
internal sealed record BatchCounts(int BatchSize, DurationCount ComputeInput, DurationCount ComputeInfer, DurationCount ComputeOutput);

/// <summary>Memory of a model on a device.</summary>
/// <param name="Type">CPU, CPU_PINNED or GPU.</param>
/// <param name="Id">The device's number.</param>
/// <param name="ByteSize">Bytes.</param>
internal sealed record MemoryCount(string Type, long Id, long ByteSize);
