using Toolchain.Graphs;
using Toolchain.Train.Evaluation;
using Toolchain.Train.Execution;
using Toolchain.Train.Loop;
using Toolchain.Train.Optimization;
using Toolchain.Train.Recipes;

namespace Toolchain.Train.Observation;

/// <summary>What a run begins with.</summary>
/// <param name="Model">The name that the model will have in the registry.</param>
/// <param name="Network">What is trained, as it was named.</param>
/// <param name="Graph">The network's graph, at the size of the last phase.</param>
/// <param name="Weights">The weights, which change as the run goes on; they have the device and the mode, and are freed when the training ends.</param>
/// <param name="Recipe">The recipe, complete.</param>
/// <param name="Data">The samples.</param>
/// <param name="Threads">Computing threads.</param>
internal sealed record RunStart(string Model, string Network, Graph Graph, ModelWeights Weights, TrainingRecipe Recipe, TrainingData Data, int Threads)
{
    /// <summary>The epochs that an earlier process has trained; none, the default, in a run from the beginning.</summary>
    public IReadOnlyList<EpochReport> Earlier { get; init; } = [];

    /// <summary>The steps that an earlier process has taken; 0 by default.</summary>
    public long EarlierSteps { get; init; }

    /// <summary>The network's arguments; none by default.</summary>
    public IReadOnlyDictionary<string, string> Arguments { get; init; } = new Dictionary<string, string>();

    /// <summary>The keys of what a sweep varies; none, the default, outside of sweeps.</summary>
    public IReadOnlyCollection<string> Varied { get; init; } = [];
}

/// <summary>An epoch's beginning.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Epochs">Epochs of the whole run.</param>
/// <param name="Step">Steps before it.</param>
/// <param name="TotalSteps">Steps of the whole run.</param>
/// <param name="Phase">The network, on its device, and the samples; alive until the epoch has ended.</param>
/// <param name="Groups">What the optimiser updates in this epoch.</param>
internal sealed record EpochStart(int Epoch, long Epochs, long Step, long TotalSteps, TrainingPhase Phase, IReadOnlyList<ParameterGroup> Groups);

/// <summary>A step's figures.</summary>
/// <param name="Step">From 1.</param>
/// <param name="Epoch">From 1.</param>
/// <param name="Loss">The mean loss of its last batch; on a GPU, of the last batch that was looked at.</param>
/// <param name="Score">Loss and accuracy of the epoch so far, over the batches that were looked at.</param>
/// <param name="LearningRate">The base rate, which each parameter group multiplies.</param>
/// <param name="Images">Samples of the step.</param>
/// <param name="Seconds">Wall time since the previous step's end, the time it waited for data included.</param>
/// <param name="Waited">How much of it the step stood waiting for its batches, in seconds.</param>
/// <param name="ImagesPerSecond">Training samples per second of the run's steps so far, without the first ones.</param>
internal readonly record struct StepReport(
    long Step, int Epoch, double Loss, SplitScore Score, double LearningRate, int Images, double Seconds, double Waited, double ImagesPerSecond);

/// <summary>An epoch's end.</summary>
/// <param name="Report">Its figures.</param>
/// <param name="BestEpoch">The best epoch so far.</param>
/// <param name="Validation">What the validation pass showed beyond its score; null where there is no validation split.</param>
internal sealed record EpochEnd(EpochReport Report, int BestEpoch, ValidationView? Validation)
{
    /// <summary>Whether this is the best epoch so far.</summary>
    public bool IsBest => BestEpoch == Report.Epoch;
}

/// <summary>A checkpoint that was written.</summary>
/// <param name="Path">The file or folder.</param>
/// <param name="Epoch">The epoch that it continues in, or has ended with, from 1.</param>
/// <param name="Step">Steps before it.</param>
internal sealed record CheckpointReport(string Path, int Epoch, long Step);

/// <summary>A sign of trouble in a run's figures, in words.</summary>
/// <param name="Sign">Which sign: a name of <see cref="Diagnosis.Signs"/>.</param>
/// <param name="Epoch">The epoch after which it was seen, from 1.</param>
/// <param name="Message">What was measured, and what it means.</param>
/// <param name="Advice">What to try.</param>
internal sealed record Finding(string Sign, int Epoch, string Message, string Advice);

/// <summary>How a run ended.</summary>
internal enum RunOutcome
{
    /// <summary>A model was published.</summary>
    Published,

    /// <summary>A sweep's trial came as far as the sweep wanted it; nothing is published of it yet.</summary>
    Trained,

    /// <summary>Somebody stopped it.</summary>
    Stopped,

    /// <summary>It could not go on.</summary>
    Failed,
}

/// <summary>A run's end.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Why">Why it was stopped or failed; null when it was not.</param>
internal sealed record RunEnd(RunOutcome Outcome, string? Why = null)
{
    /// <summary>What was published; null when nothing was.</summary>
    public TrainedModel? Model { get; init; }

    /// <summary>The epochs; null when the training did not come to its end.</summary>
    public TrainingReport? Report { get; init; }
}
