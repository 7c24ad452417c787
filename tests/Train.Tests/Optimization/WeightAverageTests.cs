using Toolchain.Graphs;
using Toolchain.Networks;
using Toolchain.Train.Execution;
using Toolchain.Train.Optimization;
using Toolchain.Train.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Tests.Optimization;

public sealed class WeightAverageTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Dictionary<string, Tensor> _parameters;
    private readonly Dictionary<string, Tensor> _buffers;

    public WeightAverageTests()
    {
        _parameters = new() { ["p"] = tensor([1f]).requires_grad_() };
        _buffers = new() { ["mean"] = tensor([10f]), ["count"] = tensor([5L]) };
    }

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void An_exponential_average_follows_its_formula()
    {
        using var average = new ExponentialAverage(_parameters, _buffers, 0.75, warmUp: false);
        var expected = 1.0;
        for (var step = 2; step < 7; step++)
        {
            Set(step);
            average.Update();
            expected = (0.75 * expected) + (0.25 * step);
        }

        Assert.Equal(expected, Value(average, "p"), 1e-6);
        Assert.Equal(10 * expected, Value(average, "mean"), 1e-5);
        Assert.Equal(6, average.Values["count"].item<long>());
        Assert.Equal(5, average.Updates);
    }

    [Fact]
    public void A_warm_up_lets_the_first_weights_fade_sooner()
    {
        using var average = new ExponentialAverage(_parameters, _buffers, 0.2);
        Set(3);
        average.Update();
        Assert.Equal((2.0 / 11 * 1) + (9.0 / 11 * 3), Value(average, "p"), 1e-6);
        average.Update();
        Assert.Equal((0.2 * ((2.0 / 11 * 1) + (9.0 / 11 * 3))) + (0.8 * 3), Value(average, "p"), 1e-6);
    }

    [Fact]
    public void A_stochastic_weight_average_is_the_plain_mean_and_keeps_the_last_statistics()
    {
        using var average = new StochasticWeightAverage(_parameters, _buffers);
        foreach (var value in (int[])[2, 5, 11])
        {
            Set(value);
            average.Update();
        }

        Assert.Equal(6, Value(average, "p"), 1e-6);
        Assert.Equal(110, Value(average, "mean"), 1e-6);
    }

    [Fact]
    public void Swapping_twice_puts_everything_back()
    {
        using var average = new StochasticWeightAverage(_parameters, _buffers);
        Set(2);
        average.Update();
        Set(4);
        average.Swap();
        Assert.Equal((2, 20, 4), (_parameters["p"].item<float>(), _buffers["mean"].item<float>(), Value(average, "p")));
        Assert.True(_parameters["p"].requires_grad);
        Assert.Throws<InvalidOperationException>(average.Update);
        average.Swap();
        Assert.Equal((4, 40, 2), (_parameters["p"].item<float>(), _buffers["mean"].item<float>(), Value(average, "p")));
    }

    [Fact]
    public void A_restored_average_goes_on_as_if_nothing_had_been()
    {
        using var first = new StochasticWeightAverage(_parameters, _buffers);
        Set(2);
        first.Update();
        using var second = new StochasticWeightAverage(_parameters, _buffers);
        second.Restore(first.Values.ToDictionary(static v => v.Key, static v => v.Value.ToTensorData()), first.Updates);
        Set(6);
        second.Update();
        Assert.Equal((4, 2), (Value(second, "p"), second.Updates));
        var refusal = Assert.Throws<ToolchainException>(() => second.Restore(new Dictionary<string, TensorData>(), 1));
        Assert.Contains("'p' must have shape [1], found nothing", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Disposing_frees_the_average()
    {
        var before = Tensor.TotalCount;
        using (var average = new ExponentialAverage(_parameters, _buffers))
        {
            average.Update();
            average.Swap();
            Assert.Equal(before + 3, Tensor.TotalCount);
        }

        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Measured_statistics_are_the_mean_of_those_of_the_batches()
    {
        var network = NetworkCatalog.Get("resblocks");
        var graph = network.Build(new(1, 12, 12), 3, NetworkArguments.Of(network, new Dictionary<string, string> { ["blocks"] = "2", ["width"] = "4" })).WithLivelyStatistics();
        var batches = Enumerable.Range(0, 3).Select(static i => Numbers.Uniform(i, 4, 1, 12, 12).ToTensor()).ToArray();
        using var executor = new GraphExecutor(graph, CPU) { Training = true };
        using (var statistics = new BatchStatistics(graph, executor.Weights))
        {
            Assert.False(statistics.IsEmpty);
            foreach (var batch in batches)
            {
                statistics.Measure(() => executor.Forward(batch));
            }

            statistics.Apply();
        }

        // The first batch norm sees the first convolutions alone, so that its statistics are known from a forward pass with a momentum of one.
        var whole = graph with { Nodes = graph.Nodes.Select(static n => n.Op is BatchNormalization norm ? n with { Op = norm with { Momentum = 0 } } : n).ToEquatableArray() };
        var sums = graph.Buffers().ToDictionary(static b => b, static _ => 0f);
        foreach (var batch in batches)
        {
            using var one = new GraphExecutor(whole, CPU) { Training = true };
            using (no_grad())
            {
                one.Forward(batch);
            }

            foreach (var name in graph.Buffers())
            {
                sums[name] += one.Weights[name].ToTensorData().Values<float>()[1] / batches.Length;
            }
        }

        Assert.All(sums, s => Assert.Equal(s.Value, executor.Weights[s.Key].ToTensorData().Values<float>()[1], 1e-5f));
    }

    private static double Value(WeightAverage average, string name) => average.Values[name].item<float>();

    private void Set(int value)
    {
        using var frozen = no_grad();
        _parameters["p"].fill_(value);
        _buffers["mean"].fill_(10 * value);
        _buffers["count"].fill_(value);
    }
}
