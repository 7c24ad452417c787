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

    /// <summary>How much of what is tested a form can afford.</summary>
    private enum Cost
    {
        /// <summary>Everything.</summary>
        Small,

        /// <summary>Everything but gradients in reduced precision: rectifiers flip at their kinks, and residual sums carry that to every layer.</summary>
        Deep,

        /// <summary>Evaluation and one training step.</summary>
        Large,

        /// <summary>Evaluation.</summary>
        Huge,
    }

    /// <summary>Forms of each network that are as small as their structure allows; a network that is added needs at least one.</summary>
    private static readonly (string Network, string Settings, string Image, Cost Cost, int[] Batches)[] Forms =
    [
        ("linear", "", "3x9x9", Cost.Small, [1, 3, 8]),
        ("mlp", "hidden=16", "3x9x9", Cost.Small, [1, 3, 8]),
        ("cnnnet", "size=small", "1x28x28", Cost.Small, [1, 3, 8]),
        ("cnnnet", "size=small", "3x29x29", Cost.Small, [2]),
        ("cnnnet", "size=full", "1x64x64", Cost.Huge, [2]),
        ("widenet", "width=8", "3x13x12", Cost.Small, [1, 3, 8]),
        ("skipnet", "width=8", "3x13x12", Cost.Small, [1, 3, 8]),
        ("resblocks", "blocks=2,width=8", "3x12x12", Cost.Small, [1, 3, 8]),
        ("resblocks", "blocks=3,width=8,shared=true", "1x12x12", Cost.Small, [3]),
        ("resnet20", "blocks=1,width=4", "1x14x13", Cost.Deep, [1, 3, 8]),
        ("resnet20", "blocks=1,width=4,shortcut=projection", "3x12x12", Cost.Deep, [3]),
        ("resnet20", "", "1x28x28", Cost.Large, [1]),
        ("resnet18", "width=4", "3x33x32", Cost.Deep, [1, 3, 8]),
        ("resnet34", "width=4", "3x32x32", Cost.Large, [1]),
        ("resnet50", "width=4", "3x32x32", Cost.Large, [1, 3]),
        ("resnet101", "width=4", "3x32x32", Cost.Huge, [1]),
        ("resnet152", "width=4", "3x32x32", Cost.Huge, [1]),
        ("inception", "width=3", "1x14x15", Cost.Small, [1, 3, 8]),
        ("googlenet", "", "3x33x32", Cost.Large, [1, 3]),
        ("unet", "width=4,depth=2", "1x15x17", Cost.Small, [1, 3, 8]),
        ("unet", "width=4,depth=2,up=bilinear", "3x15x17", Cost.Small, [3]),
        ("unet", "width=4", "1x28x28", Cost.Large, [1]),
    ];

    public static TheoryData<string> All() => Upto(Cost.Huge);

    public static TheoryData<string> Trained() => Upto(Cost.Large);

    public static TheoryData<string> Small() => Upto(Cost.Deep);

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
    [MemberData(nameof(Trained))]
    public void A_training_step_reaches_every_parameter_and_every_running_statistic(string form)
    {
        var graph = Build(form);
        using var network = new GraphExecutor(graph, CPU) { Training = true };
        using var optimizer = new Sgd(ParameterGroups.Single(network.Weights.Parameters), 0.9);
        using var scope = NewDisposeScope();
        manual_seed(1);
        Loss(network, Sample(graph, 8).ToTensor()).backward();
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
            if (Forms.Single(f => Text(f) == form).Cost == Cost.Small)
            {
                Compare(Tolerance.BFloat16, Gradients(graph, ComputeMode.Default), Gradients(graph, mode));
            }
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
                    Loss(network, input).backward();
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
        Loss(network, Sample(graph, 4).ToTensor()).backward();
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
        Loss(network, mode.Arrange(Sample(graph, 4).ToTensor())).backward();
        return network.Weights.Parameters.ToDictionary(static p => p.Key, static p =>
        {
            Assert.Equal(ScalarType.Float32, p.Value.dtype);
            return p.Value.grad!.ToTensorData();
        });
    }

    private static void Compare(double tolerance, Dictionary<string, TensorData> expected, Dictionary<string, TensorData> actual) =>
        Assert.All(expected, p => Tolerance.Holds(tolerance, p.Value, actual[p.Key], $"gradient of {p.Key}"));

    /// <summary>The loss of labels that count up, one for each image or pixel.</summary>
    private static Tensor Loss(GraphExecutor network, Tensor input)
    {
        var logits = network.Forward(input);
        long[] labelled = [.. logits.shape.Where(static (_, axis) => axis != 1)];
        return F.cross_entropy(logits, arange(labelled.Aggregate(1L, static (product, d) => product * d)).remainder(Classes).reshape(labelled));
    }

    private static TheoryData<string> Upto(Cost cost) => new(Forms.Where(f => f.Cost <= cost).Select(Text));

    private static TensorData Sample(Graph graph, int batch) => Numbers.Uniform(17, [batch, .. graph.Inputs[0].Type.Shape!.Skip(1).Select(static d => d.Value)]);

    private static string Text((string Network, string Settings, string Image, Cost Cost, int[] Batches) form) => $"{form.Network} {form.Settings} {form.Image}";

    private static Graph Build(string form)
    {
        var words = form.Split(' ');
        var network = NetworkCatalog.Get(words[0]);
        var settings = words[1].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(static s => s.Split('=')).ToDictionary(static p => p[0], static p => p[1]);
        return network.Build(ImageSize.Parse(words[2]), Classes, NetworkArguments.Of(network, settings), seed: 3);
    }
}
