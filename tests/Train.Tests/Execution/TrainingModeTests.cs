using Toolchain.Graphs;
using Toolchain.Train.Execution;
using Toolchain.Train.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;
using static Toolchain.Graphs.Layers;

namespace Toolchain.Train.Tests.Execution;

/// <summary>What batch normalisation and dropout do while training, against PyTorch's documented formulas.</summary>
public sealed class TrainingModeTests
{
    private const int Channels = 3;
    private const int Pixels = 4 * 5 * 5;

    [Theory]
    [InlineData(0.1f, 1)]
    [InlineData(0.1f, 3)]
    [InlineData(0.25f, 2)]
    public void Batch_normalisation_uses_the_batch_and_moves_the_running_statistics(float momentum, int steps)
    {
        var graph = Build(BatchNorm2d(eps: 1e-3f, momentum: momentum)).WithLivelyStatistics();
        var input = Numbers.Uniform(9, 4, Channels, 5, 5);
        using var scope = NewDisposeScope();
        using var network = new GraphExecutor(graph, CPU) { Training = true };
        TensorData? output = null;
        for (var step = 0; step < steps; step++)
        {
            output = network.Forward(input.ToTensor()).ToTensorData();
        }

        var expected = new float[output!.ElementCount];
        for (var channel = 0; channel < Channels; channel++)
        {
            var values = Plane(input, channel).Select(static p => (double)p.Value).ToArray();
            var mean = values.Average();
            var biased = values.Average(v => (v - mean) * (v - mean));
            var (weight, bias) = (Weight(graph, "weight", channel), Weight(graph, "bias", channel));
            foreach (var (place, value) in Plane(input, channel))
            {
                expected[place] = (float)(((value - mean) / Math.Sqrt(biased + 1e-3f) * weight) + bias);
            }

            // running ← (1 − momentum)·running + momentum·batch, with the variance's sum divided by n − 1.
            var (runningMean, runningVariance) = (Weight(graph, "running_mean", channel), Weight(graph, "running_var", channel));
            for (var step = 0; step < steps; step++)
            {
                runningMean = ((1 - momentum) * runningMean) + (momentum * mean);
                runningVariance = ((1 - momentum) * runningVariance) + (momentum * biased * Pixels / (Pixels - 1));
            }

            Assert.Equal(runningMean, network.Weights["layer.running_mean"].ToTensorData().Values<float>()[channel], Tolerance.Operator);
            Assert.Equal(runningVariance, network.Weights["layer.running_var"].ToTensorData().Values<float>()[channel], Tolerance.Operator);
        }

        Tolerance.Holds(Tolerance.Operator, expected, output.Values<float>());
    }

    [Fact]
    public void Batch_normalisation_in_evaluation_uses_and_keeps_the_running_statistics()
    {
        var graph = Build(BatchNorm2d()).WithLivelyStatistics();
        using var network = new GraphExecutor(graph, CPU);
        using var scope = NewDisposeScope();
        _ = network.Forward(Numbers.Uniform(9, 4, Channels, 5, 5).ToTensor());
        Assert.All(network.Weights.Buffers, p => Assert.True(p.Value.ToTensorData().ContentEquals(graph.Initializers[p.Key]), p.Key));
    }

    [Fact]
    public void A_repeated_batch_normalisation_moves_its_statistics_at_every_use()
    {
        var net = new GraphBuilder("repeated");
        net.Output("y", net.Repeat("layer", BatchNorm2d(), net.Input("x", ElementType.Float32, ["N", 1, 2, 2]), 2));
        using var network = new GraphExecutor(net.Build(), CPU) { Training = true };
        using var scope = NewDisposeScope();
        _ = network.Forward(ones(1, 1, 2, 2));

        // The first use sees ones, the second what the first makes of them, zeros: (0.9·0 + 0.1·1)·0.9 + 0.1·0.
        Assert.Equal(0.09f, network.Weights["layer.running_mean"].item<float>(), 1e-6f);
        Assert.Equal(0.81f, network.Weights["layer.running_var"].item<float>(), 1e-6f);
    }

    [Theory]
    [InlineData(0.5f)]
    [InlineData(0.2f)]
    public void Dropout_zeroes_its_share_and_keeps_the_mean(float ratio)
    {
        const int Count = 40_000;
        var graph = Build(Dropout(ratio));
        using var network = new GraphExecutor(graph, CPU) { Training = true };
        using var scope = NewDisposeScope();
        manual_seed(4);
        var output = network.Forward(ones(4, Channels, 100, Count / (4 * Channels * 100))).ToTensorData().Values<float>().ToArray();
        Assert.All(output, v => Assert.True(v == 0 || Math.Abs(v - (1 / (1 - ratio))) < 1e-6, $"{v}"));

        // Five standard deviations of a binomial share.
        var share = output.Count(static v => v == 0) / (double)output.Length;
        Assert.Equal(ratio, share, 5 * Math.Sqrt(ratio * (1 - ratio) / output.Length));
        network.Training = false;
        Assert.All(network.Forward(ones(4, Channels, 5, 5)).ToTensorData().Values<float>().ToArray(), static v => Assert.Equal(1, v));
    }

    private static double Weight(Graph graph, string name, int channel) => graph.Initializers[$"layer.{name}"].Values<float>()[channel];

    private static IEnumerable<(int Place, float Value)> Plane(TensorData input, int channel)
    {
        var values = input.Values<float>().ToArray();
        return Enumerable.Range(0, values.Length).Where(i => i / 25 % Channels == channel).Select(i => (i, values[i]));
    }

    private static Graph Build(Layer layer)
    {
        var net = new GraphBuilder("mode");
        net.Output("y", net.Apply("layer", layer, net.Input("x", ElementType.Float32, ["N", Channels, "H", "W"])));
        return net.Build();
    }
}
