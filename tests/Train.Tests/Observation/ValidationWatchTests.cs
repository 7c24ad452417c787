using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Networks;
using Toolchain.Train.Evaluation;
using Toolchain.Train.Execution;
using Toolchain.Train.Loop;
using Toolchain.Train.Losses;
using Toolchain.Train.Tests.Support;
using static TorchSharp.torch;

namespace Toolchain.Train.Tests.Observation;

/// <summary>What is seen beside the score of a validation pass.</summary>
public sealed class ValidationWatchTests
{
    private readonly DatasetSplits _data = DatasetCatalog.Open(SmallData.Small8);

    [Fact]
    public void A_unit_whose_bias_is_far_below_zero_is_silent()
    {
        var graph = NetworkCatalog.Get("mlp").Build(new(1, 8, 8), 10);
        var units = (int)graph.Initializers["fc1.bias"].ElementCount;
        var bias = new float[units];
        bias.AsSpan(0, 7).Fill(-1000);
        bias.AsSpan(7).Fill(1000);
        var view = View(graph with { Initializers = graph.Initializers.Select((name, data) => name == "fc1.bias" ? TensorData.Of<float>(bias) : data) });
        var found = Assert.Single(view.Rectifiers);
        Assert.Equal((units, 7, 32L), (found.Units, found.Silent, found.Values));
        Assert.Equal(7.0 / units, found.SilentShare);
        Assert.Equal("Relu", graph.Nodes.Single(n => n.Name == found.Node).Op.Type);
    }

    [Fact]
    public void Units_of_images_are_channels()
    {
        var graph = NetworkCatalog.Get("resblocks").Build(new(1, 8, 8), 10);
        var types = GraphTypes.Infer(graph);
        foreach (var rectifier in View(graph).Rectifiers)
        {
            var shape = types[graph.Nodes.Single(n => n.Name == rectifier.Node).Outputs[0]]!.Shape!;
            Assert.Equal(shape[1].Value, rectifier.Units);
            Assert.Equal(32 * shape.Skip(2).Aggregate(1L, static (product, d) => product * d.Value), rectifier.Values);
        }
    }

    [Fact]
    public void The_watched_pass_measures_the_same()
    {
        var graph = NetworkCatalog.Get("resblocks").Build(new(1, 8, 8), 10);
        using var watch = new ValidationWatch(graph, 1);
        Assert.Equal(Measure(graph, null), Measure(graph, watch));
    }

    [Fact]
    public void Inputs_are_those_that_the_network_sees()
    {
        var pixels = _data.Test.Pixels.ToArray().Select(static p => (double)p / 255).ToArray();
        var moments = Assert.Single(View(NetworkCatalog.Get("linear").Build(new(1, 8, 8), 10)).Inputs);
        Assert.Equal((pixels.Average() - 0.25) / 0.5, moments.Mean, 1e-6);
        Assert.Equal(Math.Sqrt(pixels.Average(static p => p * p) - Math.Pow(pixels.Average(), 2)) / 0.5, moments.Std, 1e-6);
    }

    [Fact]
    public void What_is_looked_into_is_spread_over_all_samples()
    {
        // 32 batches of one sample, of which every fourth is looked into.
        var graph = NetworkCatalog.Get("mlp").Build(new(1, 8, 8), 10);
        var view = View(graph, batch: 1);
        Assert.Equal(8, Assert.Single(view.Rectifiers).Values);
        Assert.Equal(Enumerable.Range(0, 8).Select(i => (int)_data.Test.Labels[4 * i]), view.Samples.Select(static s => s.Label));
        Assert.Equal(_data.Test.Image(4).ToArray(), view.Samples[1].Pixels.ToArray());
        Assert.Equal(32, view.Confusion!.Counts.Sum());
        Assert.Equal(16, View(graph).Samples.Count);
        Assert.Equal(View(graph).Confusion, view.Confusion);
    }

    private ValidationView View(Graph graph, int batch = 256)
    {
        using var watch = new ValidationWatch(graph, (_data.Test.Count + batch - 1) / batch);
        Measure(graph, watch, batch);
        return watch.View;
    }

    private SplitScore Measure(Graph graph, ValidationWatch? watch, int batch = 256)
    {
        using var network = new GraphExecutor(graph, CPU);
        using var feeder = new BatchFeeder(new(1, 8, 8, [0.25f], [0.5f]), CPU, ComputeMode.Default);
        using var loss = new CrossEntropyLoss();
        return Evaluator.Measure(network, feeder, new(_data.Test, Enumerable.Range(0, _data.Test.Count).ToArray(), new() { BatchSize = batch }), loss, default, watch);
    }
}
