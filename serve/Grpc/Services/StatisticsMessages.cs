using Toolchain.Serve.Features;

namespace Toolchain.Serve.Grpc.Services;

/// <summary>What models did, as the protocol's messages have it.</summary>
internal static class StatisticsMessages
{
    /// <summary>The message of a version's counts.</summary>
    public static Messages.ModelStatistics Of(ModelCounts counts) => new()
    {
        Name = counts.Name,
        Version = counts.Version,
        LastInference = (ulong)counts.LastInference,
        InferenceCount = (ulong)counts.InferenceCount,
        ExecutionCount = (ulong)counts.ExecutionCount,
        InferenceStats = new()
        {
            Success = Of(counts.InferenceStats.Success),
            Fail = Of(counts.InferenceStats.Fail),
            Queue = Of(counts.InferenceStats.Queue),
            ComputeInput = Of(counts.InferenceStats.ComputeInput),
            ComputeInfer = Of(counts.InferenceStats.ComputeInfer),
            ComputeOutput = Of(counts.InferenceStats.ComputeOutput),
            CacheHit = Of(counts.InferenceStats.CacheHit),
            CacheMiss = Of(counts.InferenceStats.CacheMiss),
        },
        BatchStats = { counts.BatchStats.Select(Of) },
        MemoryUsage = { counts.MemoryUsage.Select(static memory => new Messages.MemoryUsage { Type = memory.Type, Id = memory.Id, ByteSize = (ulong)memory.ByteSize }) },
    };

    private static Messages.InferBatchStatistics Of(BatchCounts batch) => new()
    {
        BatchSize = (ulong)batch.BatchSize,
        ComputeInput = Of(batch.ComputeInput),
        ComputeInfer = Of(batch.ComputeInfer),
        ComputeOutput = Of(batch.ComputeOutput),
    };

    private static Messages.StatisticDuration Of(DurationCount duration) => new() { Count = (ulong)duration.Count, Ns = (ulong)duration.Ns };
}
