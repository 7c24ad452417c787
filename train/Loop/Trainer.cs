using System.Diagnostics;
using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Train.Evaluation;
using Toolchain.Train.Execution;
using Toolchain.Train.Losses;
using Toolchain.Train.Observation;
using Toolchain.Train.Optimization;
using Toolchain.Train.Recipes;
using static TorchSharp.torch;

namespace Toolchain.Train.Loop;

/// <summary>One epoch's result.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Steps">Optimiser steps since the start.</param>
/// <param name="Train">The score over the epoch's training batches, as they were seen.</param>
/// <param name="Validation">The score on the validation split after the epoch; null where there is none.</param>
/// <param name="LearningRate">The rate of the last step.</param>
/// <param name="ImagesPerSecond">Training samples per second of this epoch.</param>
/// <param name="Seconds">Wall time of the epoch, validation included.</param>
public sealed record EpochReport(int Epoch, long Steps, SplitScore Train, SplitScore? Validation, double LearningRate, double ImagesPerSecond, double Seconds);

/// <summary>What a training run has come to.</summary>
/// <param name="Epochs">Every epoch.</param>
/// <param name="BestEpoch">The epoch whose weights are kept: the one with the best validation result, the first of equals; the last epoch without validation.</param>
/// <param name="BestWeights">Its weights.</param>
/// <param name="ImagesPerSecond">Training samples per second in the steady state: the first steps, which warm caches up, are left out.</param>
/// <param name="EndedEarly">Why the run ended before its last epoch; null when it did not.</param>
public sealed record TrainingReport(
    IReadOnlyList<EpochReport> Epochs, int BestEpoch, IReadOnlyDictionary<string, TensorData> BestWeights, double ImagesPerSecond, string? EndedEarly);

/// <summary>The training loop.</summary>
/// <param name="recipe">The recipe.</param>
/// <param name="weights">The weights that are trained.</param>
/// <param name="phases">What is trained when, made as it is reached; one phase after the other.</param>
/// <param name="loss">What is made small.</param>
/// <param name="run">Where checkpoints go.</param>
/// <param name="observers">Who watches.</param>
internal sealed class Trainer(TrainingRecipe recipe, ModelWeights weights, IEnumerable<TrainingPhase> phases, Loss loss, RunFolder run, RunObservers observers)
{
    private const int WarmUpSteps = 10;

    private readonly Schedule _schedule = recipe.CreateSchedule();
    private readonly Throughput _throughput = new(WarmUpSteps);
    private readonly List<EpochReport> _reports = [];
    private readonly List<double> _validationLosses = [];
    private long _step;
    private long _stepsPerEpoch;
    private double _lastRate;

    /// <summary>Called with the epoch and the weights after each cycle of a schedule that restarts.</summary>
    public Action<EpochReport, IReadOnlyDictionary<string, TensorData>>? CycleEnded { get; init; }

    private long TotalSteps => recipe.TotalSteps(_stepsPerEpoch);

    private ScheduleClock Clock => new(_stepsPerEpoch, TotalSteps, _validationLosses);

    /// <summary>Trains, and returns the best epoch's weights. What ends it early leaves the last whole epoch in the run's folder.</summary>
    /// <exception cref="ToolchainException">The loss is no longer a number (<see cref="ErrorKind.CheckFailed"/>).</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public TrainingReport Run(CancellationToken cancellation)
    {
        var freezing = new Freezing(recipe, [.. weights.Parameters.Keys]);
        var groups = recipe.CreateGroups(weights.Parameters);
        using var optimizer = recipe.CreateOptimizer(groups);
        using var averaging = new Averaging(recipe, weights);
        var step = new TrainingStep(recipe, loss, optimizer) { Scaler = weights.Mode.Precision == Precision.Float16 ? new() : null };
        var best = new BestEpoch(recipe.EarlyStop);
        var epoch = 0;
        foreach (var phase in phases)
        {
            using (phase)
            {
                _stepsPerEpoch = phase.Training.BatchesPerEpoch / recipe.Accumulate;
                phase.Network.CheckpointSegments = recipe.CheckpointSegments;
                while (epoch < phase.LastEpoch && _step < TotalSteps && !best.IsOver)
                {
                    epoch++;
                    if (freezing.ChangesAt(epoch))
                    {
                        optimizer.Groups = Trained(groups, freezing.FrozenAt(epoch));
                    }

                    observers.EpochStarted(new(epoch, (TotalSteps + _stepsPerEpoch - 1) / _stepsPerEpoch, _step, TotalSteps, phase, optimizer.Groups));
                    var started = Stopwatch.GetTimestamp();
                    var (score, speed) = TrainEpoch(phase, step, averaging, epoch, cancellation);
                    averaging.EpochEnded(epoch);
                    using var shown = averaging.Show(phase, isLast: _step == TotalSteps, cancellation);
                    var (validation, view) = Validate(phase, epoch, cancellation);
                    EpochEnded(new(epoch, _step, score, validation, _lastRate, speed, Stopwatch.GetElapsedTime(started).TotalSeconds), view, averaging, best);
                }
            }
        }

        return new(_reports, best.Epoch, run.BestWeights(), _throughput.ImagesPerSecond, best.Reason);
    }

    private (SplitScore Score, double ImagesPerSecond) TrainEpoch(TrainingPhase phase, TrainingStep step, Averaging averaging, int epoch, CancellationToken cancellation)
    {
        phase.Network.Training = true;
        using var meter = new EpochMeter(phase.Training.Dataset.Task, phase.Network.Device.type, requireFinite: true);
        var (started, waited) = (Stopwatch.GetTimestamp(), phase.Training.WaitTime);
        _throughput.Begin();
        try
        {
            var (end, batches, images) = (Math.Min(_step + _stepsPerEpoch, TotalSteps), 0, 0);
            foreach (var batch in phase.Training.Epoch(epoch, cancellation))
            {
                using (batch)
                {
                    step.Accumulate(phase.Network, phase.Feeder, batch, meter, _step + 1);
                    images += batch.Count;
                }

                if (++batches % recipe.Accumulate != 0)
                {
                    continue;
                }

                var rate = _schedule.At(_step, Clock);
                step.Update(rate, observers.WantsGradients(_step + 1, _step + 1 == end) ? observers : null, _step + 1);
                averaging.StepEnded();
                (_lastRate, _step) = (rate.LearningRate, _step + 1);
                var seconds = _throughput.Add(images);
                var wait = phase.Training.WaitTime - waited;
                observers.StepEnded(new(_step, epoch, meter.LastLoss, meter.Score, _lastRate, images, seconds, wait.TotalSeconds, _throughput.ImagesPerSecond));
                (images, waited) = (0, waited + wait);
                if (_step == end)
                {
                    break;
                }
            }

            meter.Look();
        }
        catch (DivergedException diverged)
        {
            throw Diverged(diverged, epoch);
        }

        return (meter.Score, meter.Images / Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    private (SplitScore? Score, ValidationView? View) Validate(TrainingPhase phase, int epoch, CancellationToken cancellation)
    {
        if (phase.Validation is null)
        {
            _validationLosses.Add(double.NaN);
            return (null, null);
        }

        observers.ValidationStarted(epoch);
        using var watch = new ValidationWatch(phase.Graph);
        var score = Evaluator.Measure(phase.Network, phase.Feeder, phase.Validation, loss, cancellation, watch);
        _validationLosses.Add(score.Loss);
        return (score, watch.View);
    }

    private void EpochEnded(EpochReport report, ValidationView? view, Averaging averaging, BestEpoch best)
    {
        _reports.Add(report);
        run.SaveLast(report.Epoch, weights.Current());
        observers.CheckpointWritten(new(run.Last, report.Epoch, _step));
        if (best.Add(report.Epoch, averaging.ReplacesAt(_step == TotalSteps) ? null : report.Validation))
        {
            run.KeepLastAsBest();
        }

        observers.EpochEnded(new(report, best.Epoch, view));
        if (recipe.Schedule == ScheduleKind.CosineRestarts && (report.Epoch % recipe.Cycle == 0 || _step == TotalSteps))
        {
            CycleEnded?.Invoke(report, weights.Snapshot());
        }
    }

    private IReadOnlyList<ParameterGroup> Trained(IReadOnlyList<ParameterGroup> groups, IReadOnlySet<string> frozen)
    {
        weights.Freeze(frozen, keepGradients: recipe.FreezeBy == FreezeBy.Optimizer);

        // What was frozen may have collected gradients that nobody used.
        foreach (var parameter in weights.Parameters.Values)
        {
            parameter.grad = null;
        }

        return [.. groups.Select(g => g with
        {
            Parameters = new OrderedDictionary<string, Tensor>(g.Parameters.Where(p => !frozen.Contains(p.Key)), StringComparer.Ordinal),
        }).Where(static g => g.Parameters.Count > 0)];
    }

    private ToolchainException Diverged(DivergedException diverged, int epoch)
    {
        var adam = recipe.Optimizer is OptimizerKind.Adam or OptimizerKind.AdamW;
        return new(
            ErrorKind.CheckFailed,
            $"The loss became {diverged.Loss} at step {diverged.Step} (epoch {epoch}), with a learning rate of {_schedule.At(diverged.Step - 1, Clock).LearningRate:g3}. "
            + $"Training has stopped and nothing was published. Try a smaller --lr, --optimizer adam{(adam ? " with a smaller --lr" : "")}, or --precision float32. {run.WhatIsKept()}");
    }
}
