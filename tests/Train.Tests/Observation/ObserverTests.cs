using System.Runtime.InteropServices;
using Toolchain.Train.Execution;
using Toolchain.Train.Observation;
using Toolchain.Train.Optimization;
using Toolchain.Train.Recipes;
using Toolchain.Train.Tensorboard;
using Toolchain.Train.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Tests.Observation;

/// <summary>What an observer of a run is told, and when.</summary>
public sealed class ObserverTests
{
    // 115 of the 128 images are trained on: three batches of 32, and a rest that is dropped.
    private static readonly TrainingRecipe Recipe = new() { Epochs = 2, BatchSize = 32 };

    [Fact]
    public void Calls_come_in_the_order_of_what_happens()
    {
        using var seen = new Recorder { GradientsAt = 5 };
        ObservedTraining.Run(seen, Recipe);
        Assert.Equal(["start", .. Epoch(1, 0, "step 2"), .. Epoch(2, 3, "gradients 5", "step 5")], seen.Calls);

        static string[] Epoch(int n, int from, params string[] second) =>
            [$"epoch {n} from {from} of 6", $"step {from + 1}", .. second, $"step {from + 3}", $"validation {n}", $"end of {n}", $"checkpoint {n}"];
    }

    [Fact]
    public void A_step_is_told_with_its_figures()
    {
        using var seen = new Recorder();
        var report = ObservedTraining.Run(seen, Recipe);
        Assert.All(seen.Steps, static s => Assert.Equal(32, s.Images));
        Assert.All(seen.Steps, static s => Assert.True(s.Seconds > 0 && s.Waited >= 0 && s.Waited <= s.Seconds && s.ImagesPerSecond > 0));
        foreach (var (epoch, steps) in report.Epochs.Zip(seen.Steps.Chunk(3)))
        {
            Assert.Equal(epoch.Train, steps[^1].Score);
            Assert.Equal(epoch.Train.Loss, steps.Average(static s => s.Loss), 1e-9);
            Assert.Equal(epoch.LearningRate, steps[^1].LearningRate);
        }
    }

    [Fact]
    public void The_gradients_that_are_shown_are_those_of_the_step()
    {
        // Plain gradient descent: the weights move by −lr · g.
        using var seen = new GradientKeeper();
        ObservedTraining.Run(seen, Recipe with { Optimizer = OptimizerKind.Sgd, Momentum = 0, Schedule = ScheduleKind.Constant, LearningRate = 0.5, MaxSteps = 1, Epochs = null });
        Assert.NotEmpty(seen.Gradients);
        foreach (var (name, gradient) in seen.Gradients)
        {
            var expected = seen.Before[name].Zip(gradient, static (w, g) => w - (0.5f * g)).ToArray();
            Tolerance.Holds(Tolerance.Float32, expected, seen.After[name], name);
        }
    }

    [Fact]
    public void Validation_shows_the_confusion_the_inputs_the_rectifiers_and_some_samples()
    {
        using var seen = new Recorder();
        var report = ObservedTraining.Run(seen, Recipe);
        var (view, score) = (seen.Ends[^1].Validation!, report.Epochs[^1].Validation!.Value);
        Assert.Equal(score.Images, view.Confusion!.Counts.Sum());
        Assert.Equal(score.Accuracy!.Value, Enumerable.Range(0, 10).Sum(c => view.Confusion[c, c]) / (double)score.Images, 1e-12);
        var input = Assert.Single(view.Inputs);
        Assert.InRange(input.Mean, -0.5, 0.5);
        Assert.InRange(input.Std, 0.7, 1.3);
        var rectifier = Assert.Single(view.Rectifiers);
        Assert.Equal((score.Images, true), (rectifier.Values, rectifier.Silent <= rectifier.Units));
        Assert.All(view.Samples, static s => Assert.Equal((64, true), (s.Pixels.Length, s.Probability is > 0 and <= 1)));
        Assert.Equal(Math.Min(16, score.Images), view.Samples.Count);
        Assert.Equal(view.Samples.Count(static s => s.Label == s.Predicted), (int)Math.Round(score.Accuracy.Value * score.Images));
    }

    [Fact]
    public void Watching_leaves_no_tensors_behind_and_changes_no_weights()
    {
        using var nobody = new Recorder();
        using var everything = new RunObservers(
            new Recorder { GradientsAt = 2 }, new TensorboardWriter(ObservedTraining.NewRun(), TimeProvider.System), new Diagnosis(nobody));
        var alone = Weights(nobody);
        var alive = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        Assert.Equal(alone, Weights(everything));
        Assert.Equal(alive, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);

        static string[] Weights(RunObserver observer) =>
            [.. ObservedTraining.Run(observer, Recipe).BestWeights.Select(static w => $"{w.Key} {Convert.ToHexString(MemoryMarshal.AsBytes(w.Value.Values<float>()))}")];
    }

    private sealed class Recorder : RunObserver
    {
        public List<string> Calls { get; } = [];

        public List<StepReport> Steps { get; } = [];

        public List<EpochEnd> Ends { get; } = [];

        public long? GradientsAt { get; init; }

        public override void RunStarted(RunStart start) => Calls.Add("start");

        public override void EpochStarted(EpochStart epoch) => Calls.Add($"epoch {epoch.Epoch} from {epoch.Step} of {epoch.TotalSteps}");

        public override bool WantsGradients(long step, bool isLastOfEpoch)
        {
            Assert.Equal(step % 3 == 0, isLastOfEpoch);
            return step == GradientsAt;
        }

        public override void GradientsReady(long step) => Calls.Add($"gradients {step}");

        public override void StepEnded(in StepReport step)
        {
            Calls.Add($"step {step.Step}");
            Steps.Add(step);
        }

        public override void ValidationStarted(int epoch) => Calls.Add($"validation {epoch}");

        public override void CheckpointWritten(CheckpointReport checkpoint) => Calls.Add($"checkpoint {checkpoint.Epoch}");

        public override void EpochEnded(EpochEnd epoch)
        {
            Calls.Add($"end of {epoch.Report.Epoch}");
            Ends.Add(epoch);
        }
    }

    private sealed class GradientKeeper : RunObserver
    {
        private ModelWeights? _weights;

        public Dictionary<string, float[]> Before { get; private set; } = [];

        public Dictionary<string, float[]> Gradients { get; private set; } = [];

        public Dictionary<string, float[]> After { get; private set; } = [];

        public override void RunStarted(RunStart start) => _weights = start.Weights;

        public override bool WantsGradients(long step, bool isLastOfEpoch) => true;

        public override void GradientsReady(long step) => (Before, Gradients) = (Values(static p => p), Values(static p => p.grad!));

        public override void StepEnded(in StepReport step) => After = Values(static p => p);

        private Dictionary<string, float[]> Values(Func<Tensor, Tensor> of) =>
            _weights!.Parameters.ToDictionary(static p => p.Key, p => of(p.Value).ToTensorData().Values<float>().ToArray());
    }
}
