using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Networks;
using Toolchain.Train.Execution;
using Toolchain.Train.Loop;
using Toolchain.Train.Losses;
using Toolchain.Train.Optimization;
using Toolchain.Train.Recipes;
using Toolchain.Train.Tests.Support;
using static TorchSharp.torch;

namespace Toolchain.Train.Tests.Techniques;

/// <summary>Mixed precision: half the bits in convolutions and matrix products, the same learning.</summary>
public sealed class PrecisionTests
{
    [Theory]
    [InlineData("float16", 2e-3)]
    [InlineData("bfloat16", 2e-2)]
    public async Task A_few_steps_come_close_to_those_of_float32(string precision, double tolerance)
    {
        string[] args = [.. TinyRuns.ResBlocks, "--optimizer", "sgd", "--schedule", "constant", "--lr", "0.01", "--batch", "16", "--validation", "0", "--steps", "6"];
        var start = await TinyRuns.TrainAsync([.. TinyRuns.ResBlocks, .. TinyRuns.Standstill]);
        var exact = await TinyRuns.TrainAsync(args);
        var mixed = await TinyRuns.TrainAsync([.. args, "--precision", precision, "--layout", "contiguous"]);
        Assert.Equal(precision, (string)mixed.Answer.Result["precision"]!);
        WeightChecks.Near(tolerance, exact.Weights, mixed.Weights);
        WeightChecks.Changed(start.Weights, mixed.Weights);
        WeightChecks.Changed(exact.Weights, mixed.Weights, static name => name == "conv1.weight");
    }

    [Theory]
    [InlineData("float16")]
    [InlineData("bfloat16")]
    public async Task Reduced_precision_learns(string precision)
    {
        var run = await TinyRuns.TrainAsync([.. TinyRuns.Mlp, "--lr", "0.01", "--epochs", "8", "--batch", "16", "--validation", "0", "--precision", precision, "--layout", "contiguous"]);
        Assert.True((double)run.Epochs[^1]["train_loss"]! < 0.7 * (double)run.Epochs[0]["train_loss"]!);
    }

    [Fact]
    public async Task A_layout_is_chosen_for_float16_which_no_run_gets_unasked()
    {
        var run = await TinyRuns.TrainAsync([.. TinyRuns.Mlp, .. TinyRuns.PlainSgd, "--steps", "1", "--precision", "float16"]);
        Assert.Contains("computing in float16 ", run.Answer.Error, StringComparison.Ordinal);
        var chosen = await TinyRuns.TrainAsync([.. TinyRuns.Mlp, .. TinyRuns.PlainSgd, "--steps", "1", "--precision", "auto"]);
        Assert.NotEqual("float16", (string)chosen.Answer.Result["precision"]!);
    }

    [Fact]
    public void A_float16_step_whose_gradients_overflow_is_left_out()
    {
        var images = DatasetCatalog.Open(SmallData.Small8).Train;
        var graph = NetworkCatalog.Get("mlp").Build(new(1, 8, 8), 10, NetworkArguments.Of(NetworkCatalog.Get("mlp"), new Dictionary<string, string>()));
        var mode = new ComputeMode(Precision.Float16, MemoryLayout.Contiguous);
        var recipe = new TrainingRecipe { Optimizer = OptimizerKind.Sgd, LearningRate = 0.1, Schedule = ScheduleKind.Constant };
        using var scope = NewDisposeScope();
        using var network = new GraphExecutor(graph, CPU, mode) { Training = true };
        using var feeder = new BatchFeeder(new Preprocessing(1, 8, 8, [0.3f], [0.3f]), CPU, mode);
        using var loss = LossCatalog.Create(new() { Name = "cross-entropy" }, ModelTask.Classification, 10, OutputForms.Of(graph));
        using var optimizer = recipe.CreateOptimizer(recipe.CreateGroups(network.Weights.Parameters));
        using var meter = new EpochMeter(ModelTask.Classification, TorchSharp.DeviceType.CPU, requireFinite: true);
        var step = new TrainingStep(recipe, loss, optimizer) { Scaler = new() { State = new(1e12) } };
        var before = Values(network);
        Take();
        WeightChecks.Same(before, Values(network));
        Assert.Equal(new LossScale(0.5e12), step.Scaler.State);
        Assert.All(network.Weights.Parameters.Values, static p => Assert.Null(p.grad));

        step.Scaler.State = new(1024);
        Take();
        WeightChecks.Changed(before, Values(network));
        Assert.Equal(new LossScale(1024, 1), step.Scaler.State);

        void Take()
        {
            foreach (var batch in new BatchLoader(images, [0, 1, 2, 3, 4, 5, 6, 7], new() { BatchSize = 8 }).Epoch(1))
            {
                using (batch)
                {
                    step.Accumulate(network, feeder, batch, meter, 1);
                }
            }

            step.Update(new(0.1));
        }
    }

    private static Dictionary<string, float[]> Values(GraphExecutor network) =>
        network.Weights.Parameters.ToDictionary(static p => p.Key, static p => p.Value.detach().ToTensorData().Values<float>().ToArray());
}
