using System.Text.Json;
using System.Text.Json.Serialization;
using Toolchain.Train.Optimization;

namespace Toolchain.Train.Loop.Checkpoints;

/// <summary>
/// Where a training stands between two optimiser steps: all of it that is no tensor. With the tensors of the same <see cref="Checkpoint"/> it goes on as if
/// it had never stopped. Random choices are functions of the seed, the epoch and <see cref="Passes"/>, so they need nothing else.
/// </summary>
internal sealed record TrainerState
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        IgnoreReadOnlyProperties = true,
    };

    /// <summary>Batches of the epoch under way that have been used; 0 between two epochs.</summary>
    public required int Batches { get; init; }

    /// <summary>Optimiser steps so far.</summary>
    public required long Steps { get; init; }

    /// <summary>Forward passes in training so far: with the seed, they decide the masks of dropout.</summary>
    public required long Passes { get; init; }

    /// <summary>The learning rate of the last step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>The sums over the batches of the epoch under way.</summary>
    public required MeterState Meter { get; init; }

    /// <summary>Wall time of the epoch under way so far.</summary>
    public required double EpochSeconds { get; init; }

    /// <summary>The speed so far.</summary>
    public required ThroughputState Throughput { get; init; }

    /// <summary>The epochs that have ended.</summary>
    public required IReadOnlyList<EpochReport> Reports { get; init; }

    /// <summary>Which of them is the best.</summary>
    public required BestEpochState Best { get; init; }

    /// <summary>The optimiser's updates, by parameter.</summary>
    public required IReadOnlyDictionary<string, long> Updates { get; init; }

    /// <summary>Updates of the weights' average; 0 where there is none.</summary>
    public long AverageUpdates { get; init; }

    /// <summary>The loss scale; null where losses are not scaled.</summary>
    public LossScale? Scale { get; init; }

    /// <summary>The state as one line of JSON.</summary>
    public string Write() => JsonSerializer.Serialize(this, Json);

    /// <summary>Reads what <see cref="Write"/> wrote; numbers come back exactly.</summary>
    /// <exception cref="JsonException">It is something else.</exception>
    public static TrainerState Read(string json) => JsonSerializer.Deserialize<TrainerState>(json, Json) ?? throw new JsonException("The state is null.");
}

/// <summary>The sums of an <see cref="EpochMeter"/>.</summary>
/// <param name="Loss">The losses of all samples.</param>
/// <param name="Hits">Samples or pixels whose highest logit is the true class.</param>
/// <param name="Judged">Samples or pixels that were judged.</param>
/// <param name="Images">Samples.</param>
/// <param name="LastLoss">The mean loss of the last step.</param>
internal readonly record struct MeterState(double Loss, long Hits, long Judged, long Images, double LastLoss);

/// <summary>What a <see cref="Throughput"/> has counted.</summary>
/// <param name="Steps">Steps, the first ones included.</param>
/// <param name="Images">Samples of the steps that count.</param>
/// <param name="Seconds">Their time.</param>
internal readonly record struct ThroughputState(long Steps, long Images, double Seconds);

/// <summary>What a <see cref="BestEpoch"/> knows.</summary>
/// <param name="Epoch">The best epoch, from 1; 0 before the first.</param>
/// <param name="Merit">Its validation result; null where it has none.</param>
/// <param name="Last">The last epoch that was added.</param>
internal readonly record struct BestEpochState(int Epoch, double? Merit, int Last);
