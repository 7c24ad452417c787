using System.Diagnostics;
using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Train.Evaluation;
using Toolchain.Train.Execution;
using Toolchain.Train.Loop.Checkpoints;
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

/// <summary>The training loop, for one training.</summary>
/// <param name="recipe">The recipe.</param>
/// <param name="weights">The weights that are trained.</param>
/// <param name="phases">What is trained when, made as it is reached; one phase after the other.</param>
/// <param name="loss">What is made small.</param>
/// <param name="run">Where checkpoints go.</param>
/// <param name="observers">Who watches.</param>
internal sealed class Trainer(TrainingRecipe recipe, ModelWeights weights, IEnumerable<TrainingPhase> phases, Loss loss, RunFolder run, RunObservers observers) : IDisposable
{
    private readonly Schedule _schedule = recipe.CreateSchedule();
    private readonly TrainingParts _parts = new(recipe, weights, loss);
    private long _stepsPerEpoch;
    private long _saved = Stopwatch.GetTimestamp();

    /// <summary>Called with the epoch and the weights after each cycle of a schedule that restarts.</summary>
    public Action<EpochReport, IReadOnlyDictionary<string, TensorData>>? CycleEnded { get; init; }

    /// <summary>Where an earlier process came to; null, the default, trains from the beginning.</summary>
    public Checkpoint? From { get; init; }

    /// <summary>The longest that training goes on without a checkpoint within an epoch; 5 minutes by default.</summary>
    public TimeSpan CheckpointEvery { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The epoch after which training pauses, as if it had been stopped there; null, the default, goes on to the end.</summary>
    public int? PauseAfter { get; init; }

    private long TotalSteps => recipe.TotalSteps(_stepsPerEpoch);

    private ScheduleClock Clock => new(_stepsPerEpoch, TotalSteps, _parts.ValidationLosses);

    /// <summary>
    /// Trains, and returns the best epoch's weights. What ends it early leaves in the run's folder the last whole epoch, and a training state to go on from.
    /// </summary>
    /// <exception cref="ToolchainException">The loss is no longer a number (<see cref="ErrorKind.CheckFailed"/>).</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public TrainingReport Run(CancellationToken cancellation)
    {
        var parts = _parts;
        var freezing = new Freezing(recipe, [.. weights.Parameters.Keys]);
        if (From is { } earlier)
        {
            parts.Restore(earlier);
        }

        var epoch = parts.Reports.Count;
        var first = epoch + 1;
        foreach (var phase in phases)
        {
            using (phase)
            {
                _stepsPerEpoch = phase.Training.BatchesPerEpoch / recipe.Accumulate;
                phase.Network.CheckpointSegments = recipe.CheckpointSegments;
                while (epoch < Math.Min(phase.LastEpoch, PauseAfter ?? int.MaxValue) && (parts.Steps < TotalSteps || parts.Epoch.Batches > 0) && !parts.Best.IsOver)
                {
                    epoch++;
                    if (epoch == first || freezing.ChangesAt(epoch))
                    {
                        parts.Optimizer.Groups = Trained(freezing.FrozenAt(epoch));
                    }

                    observers.EpochStarted(new(epoch, (TotalSteps + _stepsPerEpoch - 1) / _stepsPerEpoch, parts.Steps, TotalSteps, phase, parts.Optimizer.Groups));
                    var started = Stopwatch.GetTimestamp() - (long)(parts.Epoch.Seconds * Stopwatch.Frequency);
                    var (score, speed, progress) = TrainEpoch(phase, epoch, started, cancellation);
                    try
                    {
                        EndEpoch(phase, epoch, started, score, speed, cancellation);
                    }
                    catch (OperationCanceledException) when (!(epoch >= recipe.Swa))
                    {
                        // What the end of an epoch does until it is cancelled can be done again, unless an average has counted it.
                        Save(epoch, progress);
                        throw;
                    }

                    Save(epoch);
                }
            }
        }

        return new(parts.Reports, parts.Best.Epoch, run.BestWeights(), parts.Throughput.ImagesPerSecond, parts.Best.Reason);
    }

    /// <summary>Frees the optimiser's state and the average; the weights are the caller's.</summary>
    public void Dispose() => _parts.Dispose();

    private (SplitScore Score, double ImagesPerSecond, EpochProgress Progress) TrainEpoch(TrainingPhase phase, int epoch, long started, CancellationToken cancellation)
    {
        phase.Network.Training = true;
        using var meter = new EpochMeter(phase.Training.Dataset.Task, phase.Network.Device.type, requireFinite: true) { State = _parts.Epoch.Meter };
        var (batches, images, waited) = (_parts.Epoch.Batches, 0, phase.Training.WaitTime);
        var end = Math.Min(_parts.Steps - (batches / recipe.Accumulate) + _stepsPerEpoch, TotalSteps);
        _parts.Throughput.Begin();
        try
        {
            foreach (var batch in phase.Training.Epoch(epoch, batches, cancellation).Take((int)(end - _parts.Steps) * recipe.Accumulate))
            {
                using (batch)
                {
                    _parts.Step.Accumulate(phase.Network, phase.Feeder, batch, meter, _parts.Steps + 1);
                    images += batch.Count;
                }

                if (++batches % recipe.Accumulate != 0)
                {
                    continue;
                }

                var rate = _schedule.At(_parts.Steps, Clock);
                var step = _parts.Steps + 1;
                _parts.Step.Update(rate, observers.WantsGradients(step, step == end) ? observers : null, step);
                _parts.Averaging.StepEnded();
                _parts.StepEnded(rate.LearningRate);
                var seconds = _parts.Throughput.Add(images);
                var wait = phase.Training.WaitTime - waited;
                observers.StepEnded(new(step, epoch, meter.LastLoss, meter.Score, rate.LearningRate, images, seconds, wait.TotalSeconds, _parts.Throughput.ImagesPerSecond));
                (images, waited) = (0, waited + wait);
                if (Stopwatch.GetElapsedTime(_saved) >= CheckpointEvery)
                {
                    Save(epoch, Progress());
                }

                cancellation.ThrowIfCancellationRequested();
            }

            meter.Look();
        }
        catch (DivergedException diverged)
        {
            throw Diverged(diverged, epoch);
        }
        catch (OperationCanceledException) when (batches % recipe.Accumulate == 0)
        {
            // Between two steps, stopping loses nothing.
            Save(epoch, Progress());
            throw;
        }

        return (meter.Score, meter.Images / Stopwatch.GetElapsedTime(started).TotalSeconds, Progress());

        EpochProgress Progress() => new(batches, meter.State, Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    private void EndEpoch(TrainingPhase phase, int epoch, long started, SplitScore score, double speed, CancellationToken cancellation)
    {
        var (averaging, isLast) = (_parts.Averaging, _parts.Steps == TotalSteps);
        averaging.EpochEnded(epoch);
        using var shown = averaging.Show(phase, isLast, cancellation);
        var (validation, view) = Validate(phase, epoch, cancellation);
        var report = new EpochReport(epoch, _parts.Steps, score, validation, _parts.LearningRate, speed, Stopwatch.GetElapsedTime(started).TotalSeconds);
        run.SaveLast(epoch, weights.Current());
        if (recipe.Schedule == ScheduleKind.CosineRestarts && (epoch % recipe.Cycle == 0 || isLast))
        {
            CycleEnded?.Invoke(report, weights.Snapshot());
        }

        if (_parts.Best.Add(epoch, averaging.ReplacesAt(isLast) ? null : validation))
        {
            run.KeepLastAsBest();
        }

        _parts.EpochEnded(report);
        observers.EpochEnded(new(report, _parts.Best.Epoch, view));
    }

    private (SplitScore? Score, ValidationView? View) Validate(TrainingPhase phase, int epoch, CancellationToken cancellation)
    {
        if (phase.Validation is null)
        {
            return (null, null);
        }

        observers.ValidationStarted(epoch);
        using var watch = new ValidationWatch(phase.Graph, phase.Validation.BatchesPerEpoch);
        return (Evaluator.Measure(phase.Network, phase.Feeder, phase.Validation, loss, cancellation, watch), watch.View);
    }

    // Weights that are no numbers are nothing to go on from: the state before them stays.
    private void Save(int epoch, EpochProgress progress = default)
    {
        if (_parts.AreFinite)
        {
            observers.CheckpointWritten(new(run.Save(_parts.Capture(progress)), epoch, _parts.Steps));
        }

        _saved = Stopwatch.GetTimestamp();
    }

    private IReadOnlyList<ParameterGroup> Trained(IReadOnlySet<string> frozen)
    {
        weights.Freeze(frozen, keepGradients: recipe.FreezeBy == FreezeBy.Optimizer);

        // What was frozen may have collected gradients that nobody used.
        foreach (var parameter in weights.Parameters.Values)
        {
            parameter.grad = null;
        }

        return [.. _parts.Groups.Select(g => g with
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
            + $"Training has stopped and nothing was published. Try a smaller --lr, --optimizer adam{(adam ? " with a smaller --lr" : "")}, or --precision float32. {run.WhatIsKept()}"
            + (run.States.IsEmpty ? "" : $" With the same recipe, train resume {run.Path} comes to the same step again."));
    }
}
