using Toolchain.Graphs;
using Toolchain.Networks;
using Toolchain.Train.Execution;
using Toolchain.Train.Optimization;
using Toolchain.Train.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Toolchain.Train.Tests.Execution;

/// <summary>Every network of the catalog: the same logits in both engines, and a training step that reaches every parameter.</summary>
public sealed class NetworkTests
{
    private const int Classes = 5;

    /// <summary>Small forms of each network; a network that is added needs at least one.</summary>
    private static readonly (string Network, string Settings, string Image, int[] Batches)[] Forms =
    [
        ("mlp", "hidden=16", "3x9x9", [1, 3, 8]),
        ("cnnnet", "size=small", "1x28x28", [1, 3, 8]),
        ("cnnnet", "size=small", "3x29x29", [2]),
        ("cnnnet", "size=full", "1x64x64", [2]),
        ("resblocks", "blocks=2,width=8", "3x12x12", [1, 3, 8]),
        ("resblocks", "blocks=3,width=8,shared=true", "1x12x12", [3]),
    ];

    public static TheoryData<string> All() => new(Forms.Select(Text));

    public static TheoryData<string> Small() => new(Forms.Where(static f => f.Settings != "size=full").Select(Text));

    [Fact]
    public void Every_network_of_the_catalog_is_covered() =>
        Assert.Equal(NetworkCatalog.All.Select(static n => n.Name).Order(StringComparer.Ordinal), Forms.Select(static f => f.Network).Distinct().Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(All))]
    public void Evaluation_gives_the_logits_of_ONNX_Runtime_for_every_batch(string form)
    {
        var (graph, batches) = (Build(form).WithLivelyStatistics(), Forms.Single(f => Text(f) == form).Batches);
        using var session = Runners.Load(graph);
        Assert.All(batches, batch =>
        {
            var input = Sample(graph, batch);
            Tolerance.Holds(Tolerance.Network, Runners.Run(session, graph, input), Runners.Torch(graph, input), $"{form}, batch {batch}");
        });
    }

    [Theory]
    [MemberData(nameof(Small))]
    public void A_training_step_reaches_every_parameter_and_every_running_statistic(string form)
    {
        var graph = Build(form);
        using var network = new GraphExecutor(graph, CPU) { Training = true };
        using var optimizer = new Sgd(ParameterGroups.Single(network.Weights.Parameters), 0.9);
        using var scope = NewDisposeScope();
        manual_seed(1);
        F.cross_entropy(network.Forward(Sample(graph, 8).ToTensor()), Labels(8)).backward();
        Assert.All(network.Weights.Parameters, static p =>
        {
            var gradient = p.Value.grad;
            Assert.True(gradient is not null, $"{p.Key} has no gradient");
            Assert.True(gradient.abs().sum().item<float>() > 0, $"the gradient of {p.Key} is zero");
        });

        optimizer.Step(new(0.1));
        Assert.All(network.Weights.Parameters, static p => Assert.Null(p.Value.grad));
        var after = network.Weights.Snapshot();
        Assert.Equal(graph.Initializers.Keys.Order(StringComparer.Ordinal), after.Keys.Order(StringComparer.Ordinal));
        Assert.All(after, p => Assert.False(p.Value.ContentEquals(graph.Initializers[p.Key]), $"{p.Key} has not changed"));
    }

    [Theory]
    [MemberData(nameof(Small))]
    public void The_memory_layout_changes_no_result(string form)
    {
        var graph = Build(form).WithLivelyStatistics();
        var input = Sample(graph, 3);
        var channelsLast = new ComputeMode(Precision.Float32, MemoryLayout.ChannelsLast);
        Tolerance.Holds(Tolerance.Network, Runners.Torch(graph, input), Runners.Torch(graph, input, channelsLast), "logits");
        Compare(Tolerance.Network, Gradients(graph, ComputeMode.Default), Gradients(graph, channelsLast));
    }

    [Theory]
    [MemberData(nameof(Small))]
    public void Reduced_precision_stays_close_and_leaves_float32_behind(string form)
    {
        var graph = Build(form).WithLivelyStatistics();
        var input = Sample(graph, 3);
        foreach (var layout in Enum.GetValues<MemoryLayout>())
        {
            var mode = new ComputeMode(Precision.BFloat16, layout);
            Tolerance.Holds(Tolerance.BFloat16, Runners.Torch(graph, input), Runners.Torch(graph, input, mode), $"logits, {mode}");
            Compare(Tolerance.BFloat16, Gradients(graph, ComputeMode.Default), Gradients(graph, mode));
        }
    }

    [Theory]
    [MemberData(nameof(Small))]
    public void Fifty_steps_leave_no_tensor_behind(string form)
    {
        var graph = Build(form);
        foreach (var mode in new[] { ComputeMode.Default, new ComputeMode(Precision.BFloat16, MemoryLayout.ChannelsLast) })
        {
            var outside = Tensor.TotalCount;
            using (var network = new GraphExecutor(graph, CPU, mode) { Training = true })
            using (var optimizer = new Adam(ParameterGroups.Single(network.Weights.Parameters)))
            using (NewDisposeScope())
            {
                var input = mode.Arrange(Sample(graph, 2).ToTensor());
                var labels = Labels(2);
                Step();
                var live = Tensor.TotalCount;
                for (var step = 1; step < 50; step++)
                {
                    Step();
                }

                Assert.Equal(live, Tensor.TotalCount);

                void Step()
                {
                    using var scope = NewDisposeScope();
                    F.cross_entropy(network.Forward(input), labels).backward();
                    optimizer.Step(new(0.001));
                }
            }

            Assert.Equal(outside, Tensor.TotalCount);
        }
    }

    [Fact]
    public void Weights_are_put_back_as_they_were()
    {
        var graph = Build("resblocks blocks=2,width=8 3x12x12");
        using var network = new GraphExecutor(graph, CPU, new(Precision.Float32, MemoryLayout.ChannelsLast)) { Training = true };
        using var optimizer = new Sgd(ParameterGroups.Single(network.Weights.Parameters), 0.9);
        using var scope = NewDisposeScope();
        var before = network.Weights.Snapshot();
        Assert.All(before, p => Assert.True(p.Value.ContentEquals(graph.Initializers[p.Key]), p.Key));
        F.cross_entropy(network.Forward(Sample(graph, 4).ToTensor()), Labels(4)).backward();
        optimizer.Step(new(0.1));
        network.Weights.Restore(before);
        Assert.All(network.Weights.Snapshot(), p => Assert.True(p.Value.ContentEquals(before[p.Key]), p.Key));
        Assert.Equal([72, 1, 24, 8], network.Weights["resblocks.0.conv.weight"].stride());
    }

    private static Dictionary<string, TensorData> Gradients(Graph graph, ComputeMode mode)
    {
        using var scope = NewDisposeScope();

        // In evaluation there are no masks, and both passes see the same statistics.
        using var network = new GraphExecutor(graph, CPU, mode);
        F.cross_entropy(network.Forward(mode.Arrange(Sample(graph, 4).ToTensor())), Labels(4)).backward();
        return network.Weights.Parameters.ToDictionary(static p => p.Key, static p =>
        {
            Assert.Equal(ScalarType.Float32, p.Value.dtype);
            return p.Value.grad!.ToTensorData();
        });
    }

    private static void Compare(double tolerance, Dictionary<string, TensorData> expected, Dictionary<string, TensorData> actual) =>
        Assert.All(expected, p => Tolerance.Holds(tolerance, p.Value, actual[p.Key], $"gradient of {p.Key}"));

    private static Tensor Labels(int count) => tensor([.. Enumerable.Range(0, count).Select(static i => (long)(i % Classes))]);

    private static TensorData Sample(Graph graph, int batch) => Numbers.Uniform(17, [batch, .. graph.Inputs[0].Type.Shape!.Skip(1).Select(static d => d.Value)]);

    private static string Text((string Network, string Settings, string Image, int[] Batches) form) => $"{form.Network} {form.Settings} {form.Image}";

    private static Graph Build(string form)
    {
        var words = form.Split(' ');
        var network = NetworkCatalog.Get(words[0]);
        var settings = words[1].Split(',').Select(static s => s.Split('=')).ToDictionary(static p => p[0], static p => p[1]);
        return network.Build(ImageSize.Parse(words[2]), Classes, NetworkArguments.Of(network, settings), seed: 3);
    }
}
