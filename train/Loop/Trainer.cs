using System.Diagnostics;
using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Train.Evaluation;
using Toolchain.Train.Execution;
using Toolchain.Train.Optimization;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Toolchain.Train.Loop;

/// <summary>One epoch's result.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Steps">Optimiser steps since the start.</param>
/// <param name="Train">Loss and accuracy over the epoch's training batches, as they were seen.</param>
/// <param name="Validation">Loss and accuracy on the validation split after the epoch; null where there is none.</param>
/// <param name="LearningRate">The rate of the last step.</param>
/// <param name="ImagesPerSecond">Training images per second of this epoch.</param>
/// <param name="Seconds">Wall time of the epoch, validation included.</param>
public sealed record EpochReport(int Epoch, long Steps, SplitScore Train, SplitScore? Validation, double LearningRate, double ImagesPerSecond, double Seconds);

/// <summary>What a training run has come to.</summary>
/// <param name="Epochs">Every epoch.</param>
/// <param name="BestEpoch">The epoch whose weights are kept: the highest validation accuracy, the first of equals; the last epoch without validation.</param>
/// <param name="BestWeights">Its weights.</param>
/// <param name="ImagesPerSecond">Training images per second in the steady state: the first steps, which warm caches up, are left out.</param>
public sealed record TrainingReport(
    IReadOnlyList<EpochReport> Epochs, int BestEpoch, IReadOnlyDictionary<string, TensorData> BestWeights, double ImagesPerSecond);

/// <summary>The training loop.</summary>
internal sealed class Trainer(
    TrainingRecipe recipe, GraphExecutor network, ImageFeeder feeder, BatchLoader training, BatchLoader? validation, RunFolder run, TrainingDisplay display)
{
    private const int WarmUpSteps = 10;

    private readonly Schedule _schedule = recipe.CreateSchedule();
    private readonly long _stepsPerEpoch = training.BatchesPerEpoch;
    private readonly Throughput _throughput = new(WarmUpSteps);
    private long _step;

    private long TotalSteps => recipe.TotalSteps(_stepsPerEpoch);

    private long TotalEpochs => (TotalSteps + _stepsPerEpoch - 1) / _stepsPerEpoch;

    /// <summary>Trains, and returns the best epoch's weights. What ends it early leaves the last whole epoch in the run's folder.</summary>
    /// <exception cref="ToolchainException">The loss is no longer a number (<see cref="ErrorKind.CheckFailed"/>).</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public TrainingReport Run(CancellationToken cancellation)
    {
        using var optimizer = recipe.CreateOptimizer(network.Weights.Parameters);
        var reports = new List<EpochReport>();
        (int Epoch, double Accuracy, IReadOnlyDictionary<string, TensorData> Weights)? best = null;
        for (var epoch = 1; _step < TotalSteps; epoch++)
        {
            var started = Stopwatch.GetTimestamp();
            var (score, speed) = TrainEpoch(optimizer, epoch, cancellation);
            var validated = validation is null ? (SplitScore?)null : Evaluator.Measure(network, feeder, validation, cancellation);
            var report = new EpochReport(
                epoch, _step, score, validated, _schedule.At(_step - 1, _stepsPerEpoch, TotalSteps).LearningRate, speed, Stopwatch.GetElapsedTime(started).TotalSeconds);
            reports.Add(report);

            var weights = network.Weights.Snapshot();
            run.SaveLast(epoch, weights);
            if (best is not { } known || validated is null || validated.Value.Accuracy > known.Accuracy)
            {
                best = (epoch, validated?.Accuracy ?? 0, weights);
                run.KeepLastAsBest();
            }

            run.Log(report);
            display.EpochEnded(report, best.Value.Epoch);
        }

        return new(reports, best!.Value.Epoch, best.Value.Weights, _throughput.ImagesPerSecond);
    }

    private (SplitScore Score, double ImagesPerSecond) TrainEpoch(Optimizer optimizer, int epoch, CancellationToken cancellation)
    {
        network.Training = true;
        using var meter = new EpochMeter(network.Device.type, requireFinite: true);
        var started = Stopwatch.GetTimestamp();
        _throughput.Begin();
        display.EpochStarted(epoch, TotalEpochs, _step, TotalSteps);
        try
        {
            foreach (var batch in training.Epoch(epoch, cancellation))
            {
                using (batch)
                {
                    TrainStep(optimizer, batch, meter);
                }

                _throughput.Add(batch.Count);
                display.StepEnded(_step, meter.LastLoss, _throughput.ImagesPerSecond);
                if (_step == TotalSteps)
                {
                    break;
                }
            }

            meter.Look();
        }
        catch (DivergedException diverged)
        {
            throw new ToolchainException(
                ErrorKind.CheckFailed,
                $"The loss became {diverged.Loss} at step {diverged.Step} (epoch {epoch}), with a learning rate of {_schedule.At(diverged.Step - 1, _stepsPerEpoch, TotalSteps).LearningRate:g3}. "
                + $"Training has stopped and nothing was published. Try a smaller --lr, --optimizer adam{(recipe.Optimizer == OptimizerKind.Adam ? " with a smaller --lr" : "")}, or --precision float32. {run.WhatIsKept()}");
        }

        return (meter.Score, meter.Images / Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    private void TrainStep(Optimizer optimizer, Batch batch, EpochMeter meter)
    {
        using var scope = NewDisposeScope();
        var (images, labels) = feeder.Load(batch);
        var logits = network.Forward(images);
        var loss = F.cross_entropy(logits, labels);
        loss.backward();
        var rate = _schedule.At(_step, _stepsPerEpoch, TotalSteps);
        _step++;
        meter.Add(_step, loss, logits, labels);
        optimizer.Step(rate.LearningRate, rate.Momentum);
    }
}

/// <summary>Images per second of training steps alone, once the first ones are over; before that, of all of them.</summary>
internal sealed class Throughput(int warmUpSteps)
{
    private long _since;
    private long _images;
    private long _steps;
    private TimeSpan _elapsed;

    /// <summary>Images per second.</summary>
    public double ImagesPerSecond => _elapsed > TimeSpan.Zero ? _images / _elapsed.TotalSeconds : 0;

    /// <summary>Marks the beginning of an epoch: what came before is no training step.</summary>
    public void Begin() => _since = Stopwatch.GetTimestamp();

    /// <summary>Counts a step that has just ended.</summary>
    public void Add(int images)
    {
        var now = Stopwatch.GetTimestamp();
        if (_steps++ == warmUpSteps)
        {
            (_elapsed, _images) = (TimeSpan.Zero, 0);
        }

        (_elapsed, _since, _images) = (_elapsed + Stopwatch.GetElapsedTime(_since, now), now, _images + images);
    }
}
