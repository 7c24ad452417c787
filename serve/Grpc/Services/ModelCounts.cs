using Toolchain.Serve.Metrics;
using Toolchain.Serve.Models;

namespace Toolchain.Serve.Grpc.Services;

/// <summary>Statistics as the protocol's messages have them.</summary>
internal static class ModelCounts
{
    /// <summary>What a version did.</summary>
    public static Messages.ModelStatistics Of(ServedModel model, StatisticsSnapshot counted) => new()
    {
        Name = model.Name,
        Version = model.VersionText,
        LastInference = (ulong)(counted.LastInference?.ToUnixTimeMilliseconds() ?? 0),
        InferenceCount = (ulong)counted.InferenceCount,
        ExecutionCount = (ulong)counted.ExecutionCount,
        InferenceStats = new()
        {
            Success = Of(counted.Success),
            Fail = Of(counted.Fail),
            Queue = Of(counted.Queue),
            ComputeInput = Of(counted.ComputeInput),
            ComputeInfer = Of(counted.ComputeInfer),
            ComputeOutput = Of(counted.ComputeOutput),
            CacheHit = new(),
            CacheMiss = new(),
        },
        BatchStats = { counted.Batches.Select(Of) },
    };

    private static Messages.InferBatchStatistics Of(BatchStatistics batch) => new()
    {
        BatchSize = (ulong)batch.Size,
        ComputeInput = Of(batch.Input),
        ComputeInfer = Of(batch.Infer),
        ComputeOutput = Of(batch.Output),
    };

    private static Messages.StatisticDuration Of(DurationTotal total) => new() { Count = (ulong)total.Count, Ns = (ulong)total.Nanoseconds };
}
