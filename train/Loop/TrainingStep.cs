using Toolchain.Data;
using Toolchain.Train.Execution;
using Toolchain.Train.Losses;
using Toolchain.Train.Observation;
using Toolchain.Train.Optimization;
using Toolchain.Train.Profiling;
using Toolchain.Train.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Loop;

/// <summary>One optimiser step: forward and backward over one batch or several, then clipping and the update.</summary>
/// <param name="recipe">The recipe.</param>
/// <param name="loss">The loss.</param>
/// <param name="optimizer">The optimiser.</param>
internal sealed class TrainingStep(TrainingRecipe recipe, Loss loss, Optimizer optimizer)
{
    private readonly GradientClipping? _clipping = recipe.CreateClipping();
    private readonly Penalty _penalty = new(recipe.L1, recipe.L2);

    /// <summary>Scales losses of float16 networks; null in other precisions.</summary>
    public LossScaler? Scaler { get; init; }

    /// <summary>Forward passes so far: with the seed, they decide the masks of dropout.</summary>
    public long Passes { get; set; }

    /// <summary>Forward and backward over one batch; the gradients are added to those of the step's other batches.</summary>
    /// <param name="network">The network, in training mode.</param>
    /// <param name="feeder">Brings batches to the device.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="meter">Adds loss and hits up.</param>
    /// <param name="step">The step, from 1.</param>
    public void Accumulate(GraphExecutor network, BatchFeeder feeder, Batch batch, EpochMeter meter, long step)
    {
        using var scope = NewDisposeScope();
        var recorder = network.Recorder;
        var loading = recorder?.Now ?? 0;
        var (inputs, targets, truth) = feeder.Load(batch);
        recorder?.Add(ProfilePart.Load, loading);
        network.Pass = new(recipe.Seed, ++Passes);
        var output = network.ForwardForBackward(inputs);
        var losing = recorder?.Now ?? 0;
        var objective = loss.Compute(output, targets);
        meter.Add(step, objective, output, truth);
        if (_penalty.Of(network.Weights.Parameters.Values) is { } penalty)
        {
            objective = objective.add(penalty);
        }

        objective = recipe.Accumulate > 1 ? objective.div(recipe.Accumulate) : objective;
        recorder?.Add(ProfilePart.Loss, losing);
        network.Backward(Scaler?.Scaled(objective) ?? objective);
    }

    /// <summary>Updates the parameters from the gradients, unless float16 gradients overflowed.</summary>
    /// <param name="rate">The rate.</param>
    /// <param name="onlooker">Who sees the gradients first; null, the default, for nobody.</param>
    /// <param name="step">The step, from 1, for the onlooker.</param>
    public void Update(StepRate rate, RunObserver? onlooker = null, long step = 0)
    {
        using var scope = NewDisposeScope();
        if (Scaler?.Unscale(optimizer.Groups) == false)
        {
            return;
        }

        onlooker?.GradientsReady(step);
        _clipping?.Apply(optimizer.Groups);
        optimizer.Step(rate);
    }
}
