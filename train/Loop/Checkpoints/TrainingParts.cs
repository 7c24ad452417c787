using Toolchain.Graphs;
using Toolchain.Train.Execution;
using Toolchain.Train.Losses;
using Toolchain.Train.Optimization;
using Toolchain.Train.Recipes;
using static TorchSharp.torch;

namespace Toolchain.Train.Loop.Checkpoints;

/// <summary>An epoch under way.</summary>
/// <param name="Batches">Batches that have been used.</param>
/// <param name="Meter">The sums over them.</param>
/// <param name="Seconds">Wall time.</param>
internal readonly record struct EpochProgress(int Batches, MeterState Meter, double Seconds);

/// <summary>
/// Everything in a training that changes from step to step, in one place, so that a checkpoint holds all of it: who adds a part adds it to
/// <see cref="Capture"/> and <see cref="Restore"/>. Disposing frees all but the weights.
/// </summary>
internal sealed class TrainingParts : IDisposable
{
    private readonly List<EpochReport> _reports = [];
    private readonly List<double> _validationLosses = [];

    /// <summary>The parts of a training that begins.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="weights">The weights that are trained; the caller's.</param>
    /// <param name="loss">What is made small.</param>
    public TrainingParts(TrainingRecipe recipe, ModelWeights weights, Loss loss)
    {
        Weights = weights;
        Groups = recipe.CreateGroups(weights.Parameters);
        Optimizer = recipe.CreateOptimizer(Groups);
        Averaging = new(recipe, weights);
        Step = new(recipe, loss, Optimizer) { Scaler = weights.Mode.Precision == Precision.Float16 ? new() : null };
        Best = new(recipe.EarlyStop);
    }

    /// <summary>The weights.</summary>
    public ModelWeights Weights { get; }

    /// <summary>All parameters in their groups, frozen ones included.</summary>
    public IReadOnlyList<ParameterGroup> Groups { get; }

    /// <summary>The optimiser.</summary>
    public Optimizer Optimizer { get; }

    /// <summary>The average of the weights.</summary>
    public Averaging Averaging { get; }

    /// <summary>What makes a step; holds the loss scale.</summary>
    public TrainingStep Step { get; }

    /// <summary>The best epoch.</summary>
    public BestEpoch Best { get; }

    /// <summary>The speed.</summary>
    public Throughput Throughput { get; } = new(warmUpSteps: 10);

    /// <summary>The epochs that have ended.</summary>
    public IReadOnlyList<EpochReport> Reports => _reports;

    /// <summary>Their validation losses; not a number where there is no validation split.</summary>
    public IReadOnlyList<double> ValidationLosses => _validationLosses;

    /// <summary>Optimiser steps so far.</summary>
    public long Steps { get; private set; }

    /// <summary>The learning rate of the last step.</summary>
    public double LearningRate { get; private set; }

    /// <summary>The epoch under way, as far as it had come when the training was captured; nothing otherwise.</summary>
    public EpochProgress Epoch { get; private set; }

    /// <summary>Whether all parameters are numbers, so that training can go on from them.</summary>
    public bool AreFinite
    {
        get
        {
            using var frozen = no_grad();
            using var scope = NewDisposeScope();
            return stack(Weights.Parameters.Values.Select(static p => p.norm(float.PositiveInfinity))).max().isfinite().item<bool>();
        }
    }

    /// <summary>Counts an optimiser step.</summary>
    public void StepEnded(double learningRate) => (LearningRate, Steps) = (learningRate, Steps + 1);

    /// <summary>Adds an epoch, after which none is under way.</summary>
    public void EpochEnded(EpochReport report)
    {
        _reports.Add(report);
        _validationLosses.Add(report.Validation?.Loss ?? double.NaN);
        Epoch = default;
    }

    /// <summary>The training as it is between two steps; tensors are read when the checkpoint is written, which must be before the next step.</summary>
    /// <param name="epoch">The epoch under way; nothing between two.</param>
    public Checkpoint Capture(EpochProgress epoch = default) => new(
        new()
        {
            Batches = epoch.Batches,
            Steps = Steps,
            Passes = Step.Passes,
            LearningRate = LearningRate,
            Meter = epoch.Meter,
            EpochSeconds = epoch.Seconds,
            Throughput = Throughput.State,
            Reports = Reports,
            Best = Best.State,
            Updates = Optimizer.Steps,
            AverageUpdates = Averaging.Updates,
            Scale = Step.Scaler?.State,
        },
        Weights.Current(),
        Optimizer.State.ToDictionary(static s => s.Key, static s => s.Value.ToCurrentData(), StringComparer.Ordinal),
        Averaging.Current);

    /// <summary>Puts back what <see cref="Capture"/> took; the values are copied.</summary>
    /// <exception cref="ToolchainException">They are of another network or recipe (<see cref="ErrorKind.BadInput"/>).</exception>
    public void Restore(Checkpoint checkpoint)
    {
        var state = checkpoint.State;
        RequireFit(checkpoint.Weights);
        Weights.Restore(checkpoint.Weights);
        Optimizer.Restore(checkpoint.Optimizer, state.Updates);
        Averaging.Restore(checkpoint.Average, state.AverageUpdates);
        Step.Passes = state.Passes;
        if (Step.Scaler is { } scaler)
        {
            scaler.State = state.Scale ?? throw new ToolchainException(ErrorKind.BadInput, "The saved training state has no loss scale, which training in float16 needs. Continue with the precision that wrote it.");
        }

        Best.State = state.Best;
        Throughput.State = state.Throughput;
        foreach (var report in state.Reports)
        {
            EpochEnded(report);
        }

        (Steps, LearningRate, Epoch) = (state.Steps, state.LearningRate, new(state.Batches, state.Meter, state.EpochSeconds));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Optimizer.Dispose();
        Averaging.Dispose();
    }

    private void RequireFit(IReadOnlyDictionary<string, TensorData> saved)
    {
        foreach (var (name, tensor) in Weights.Parameters.Concat(Weights.Buffers))
        {
            if (!saved.TryGetValue(name, out var data) || !data.Dimensions.AsSpan().SequenceEqual(tensor.shape))
            {
                throw new ToolchainException(
                    ErrorKind.BadInput,
                    $"The saved training state does not fit the network: '{name}' must have shape [{string.Join(", ", tensor.shape)}], found {(data is null ? "nothing" : data.Dimensions.ToString())}. The network has changed since it was saved.");
            }
        }
    }
}
