using Toolchain.Graphs;
using Toolchain.Train.Execution;
using Toolchain.Train.Tests.Support;
using static Toolchain.Train.Tests.Support.TinyRuns;
using static TorchSharp.torch;

namespace Toolchain.Train.Tests.Techniques;

/// <summary>Averages of weights, computed here from runs that end earlier.</summary>
public sealed class AveragingTests
{
    [Theory]
    [InlineData(0.15)]
    [InlineData(0.999)]
    public async Task Ema_publishes_the_moving_average_of_the_steps(double decay)
    {
        var average = (await TrainAsync([.. Mlp, .. Standstill])).Weights;
        for (var step = 1; step <= 4; step++)
        {
            var weights = (await TrainAsync([.. Mlp, .. PlainSgd, "--steps", $"{step}"])).Weights;
            var d = Math.Min(decay, (1.0 + step) / (10 + step));
            average = WeightChecks.Combined(average, weights, (a, w) => (d * a) + ((1 - d) * w));
        }

        var run = await TrainAsync([.. Mlp, .. PlainSgd, "--steps", "4", "--ema", FormattableString.Invariant($"{decay}")]);
        WeightChecks.Near(Tolerance.Float32, average, run.Weights);
        WeightChecks.Same(run.Weights, run.Checkpoint("best"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Swa_publishes_the_mean_of_the_epochs(int first)
    {
        var ends = new List<IReadOnlyDictionary<string, float[]>>();
        for (var epoch = 1; epoch <= 3; epoch++)
        {
            ends.Add((await TrainAsync([.. Mlp, .. PlainSgd, "--epochs", $"{epoch}"])).Weights);
        }

        IReadOnlyDictionary<string, float[]> Mean(IReadOnlyDictionary<string, float[]> sum, IReadOnlyDictionary<string, float[]> next) => WeightChecks.Combined(sum, next, static (a, b) => a + b);
        var taken = ends.Skip(first - 1).ToArray();
        var mean = taken.Aggregate(Mean).ToDictionary(static p => p.Key, p => p.Value.Select(v => v / taken.Length).ToArray());
        var run = await TrainAsync([.. Mlp, .. PlainSgd, "--epochs", "3", "--swa", $"{first}"]);
        WeightChecks.Near(Tolerance.Float32, mean, run.Weights);
        Assert.Equal(3, (int)run.Answer.Result["best_epoch"]!);
    }

    [Fact]
    public async Task Swa_takes_its_average_even_when_an_earlier_epoch_was_better()
    {
        // Gamma 0 stops all learning after the first epoch, so the later epochs are never better than it.
        string[] args = [.. Mlp, "--optimizer", "sgd", "--batch", "16", "--epochs", "3", "--schedule", "step", "--gamma", "0", "--lr", "0.05"];
        Assert.Equal(1, (int)(await TrainAsync(args)).Answer.Result["best_epoch"]!);
        Assert.Equal(3, (int)(await TrainAsync([.. args, "--swa", "2"])).Answer.Result["best_epoch"]!);
    }

    [Fact]
    public async Task Swa_measures_the_statistics_of_batch_norms_afresh()
    {
        // One batch is the whole training split, so that the averaged network's statistics are those of this batch alone.
        var run = await TrainAsync([.. ResBlocks, "--optimizer", "sgd", "--schedule", "constant", "--lr", "0.05", "--batch", "128", "--validation", "0", "--epochs", "3", "--swa", "2"]);
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        using var network = new GraphExecutor(run.Graph, CPU) { Training = true };
        foreach (var buffer in network.Weights.Buffers.Values)
        {
            buffer.zero_();
        }

        var momentum = 1 - (double)run.Graph.Nodes.Select(static n => n.Op).OfType<BatchNormalization>().First().Momentum;
        network.Forward(TrainingInputs.Of(run, SmallData.Small8).Images);
        Assert.Equal(4, network.Weights.Buffers.Count);
        foreach (var (name, buffer) in network.Weights.Buffers)
        {
            Tolerance.Holds(1e-4, buffer.div(momentum).ToTensorData().Values<float>(), run.Weights[name], name);
        }
    }
}
