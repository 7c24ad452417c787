using Toolchain.Graphs;
using Toolchain.Networks;
using Toolchain.Train.Execution;
using Toolchain.Train.Inside;
using Toolchain.Train.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Tests.Inside;

/// <summary>Saliency and Grad-CAM where the answer is known.</summary>
public sealed class ExplanationTests
{
    [Fact]
    public void The_saliency_of_a_linear_network_is_the_absolute_weights_of_the_class()
    {
        var graph = NetworkCatalog.Get("linear").Build(new(1, 3, 4), 5);
        var weights = graph.Initializers.Single(static p => p.Key.EndsWith("weight", StringComparison.Ordinal)).Value.Values<float>().ToArray();
        var map = Maps(graph, new Sample(7, 2, 1, 3, 4), [2, 4], static network => new Saliency(network).Of);
        Assert.Equal([.. weights[24..36].Select(Math.Abs), .. weights[48..60].Select(Math.Abs)], map);

        // Noise does not change a derivative that is the same everywhere.
        var smooth = Maps(graph, new Sample(7, 2, 1, 3, 4), [2, 4], static network => new Saliency(network, samples: 5).Of);
        Tolerance.Holds(Tolerance.Operator, map, smooth);
    }

    [Fact]
    public void Noise_is_averaged_over_and_repeats_with_its_seed()
    {
        var graph = NetworkCatalog.Get("mlp").Build(new(1, 4, 4), 3);
        float[] Of(int samples, long seed) => Maps(graph, new Sample(3, 2, 1, 4, 4), [0, 1], network => new Saliency(network, samples, seed: seed).Of);
        Assert.Equal(Of(8, 1), Of(8, 1));
        Assert.NotEqual(Of(8, 1), Of(8, 2));
        Assert.NotEqual(Of(8, 1), Of(0, 1));
    }

    [Fact]
    public void The_saliency_of_a_colour_image_is_the_largest_of_its_channels()
    {
        var graph = NetworkCatalog.Get("linear").Build(new(3, 2, 2), 2);
        var weights = graph.Initializers.Single(static p => p.Key.EndsWith("weight", StringComparison.Ordinal)).Value.Values<float>().ToArray();
        var map = Maps(graph, new Sample(5, 1, 3, 2, 2), [1], static network => new Saliency(network).Of);
        Assert.Equal(Enumerable.Range(0, 4).Select(p => Enumerable.Range(0, 3).Max(c => Math.Abs(weights[12 + (4 * c) + p]))), map);
    }

    [Fact]
    public void A_softmax_at_the_end_changes_no_explanation()
    {
        var graph = NetworkCatalog.Get("mlp").Build(new(1, 4, 4), 3);
        var ended = graph with
        {
            Nodes = [.. graph.Nodes, new Node("last", new Softmax(), [graph.Outputs[0].Name], ["last"])],
            Outputs = [graph.Outputs[0] with { Name = "last" }],
        };
        Assert.Equal(Maps(graph, new Sample(3, 1, 1, 4, 4), [1], static n => new Saliency(n).Of), Maps(ended, new Sample(3, 1, 1, 4, 4), [1], static n => new Saliency(n).Of));
    }

    [Fact]
    public void Grad_CAM_of_two_channels_is_what_it_is_by_hand()
    {
        // Channel 0 is the image and channel 1 its negative; the scores weigh every place alike: 2·mean(A0) + 1·mean(A1) and −1·mean(A0).
        // By equation 1 the channels' weights are 2/4 and 1/4 for class 0, and −1/4 and 0 for class 1.
        var graph = TwoChannels();
        float[] image = [4, -8, 0, 2];
        var inputs = TensorData.Of<float>(image, 1, 1, 2, 2);
        Assert.Equal(image.Select(static v => Math.Max(0, (v / 2) - (v / 4))), Maps(graph, inputs, [0], static n => new GradCam(n).Of));
        Assert.Equal(image.Select(static v => Math.Max(0, -v / 4)), Maps(graph, inputs, [1], static n => new GradCam(n).Of));
    }

    [Fact]
    public void Grad_CAM_explains_by_the_activation_of_the_last_convolution_unless_told()
    {
        using var network = new ScoredNetwork(Small(), ModelTask.Classification, CPU);
        Assert.Equal("features.11", new GradCam(network).Layer);
        Assert.Equal("features.3", new GradCam(network, "features.3").Layer);
        Assert.Contains("Grad-CAM needs a layer whose output is [N, C, H, W]", Assert.Throws<ToolchainException>(() => new GradCam(network, "classifier.1")).Message, StringComparison.Ordinal);
        Assert.Contains("has no layer 'features.33'", Assert.Throws<ToolchainException>(() => new GradCam(network, "features.33")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_single_logit_is_the_score_of_the_second_class_against_the_first()
    {
        var graph = NetworkCatalog.Get("mlp").Build(new(1, 4, 4), 1);
        using var scope = NewDisposeScope();
        using var network = new ScoredNetwork(graph, ModelTask.Classification, CPU);
        using var values = new ScoredNetwork(graph, ModelTask.Regression, CPU);
        var inputs = Numbers.Uniform(1, 2, 1, 4, 4).ToTensor();
        var logits = values.Scores(inputs);
        Assert.Equal([2, 1], logits.shape);
        Tolerance.Holds(Tolerance.Operator, logits.sigmoid().ToTensorData(), network.Scores(inputs).softmax(1).narrow(1, 1, 1).ToTensorData());
    }

    private static Graph Small()
    {
        var network = NetworkCatalog.Get("cnnnet");
        return network.Build(new(1, 28, 28), 10, NetworkArguments.Of(network, new Dictionary<string, string> { ["size"] = "small" }));
    }

    private static Graph TwoChannels()
    {
        var net = new GraphBuilder("two channels");
        var x = net.Input("x", ElementType.Float32, Shape.Create(["N", 1, 2, 2]));
        x = net.Apply("conv", Layers.Conv2d(2, kernel: 1, bias: false), x);
        x = net.Apply("flatten", Layers.Flatten(), x);
        net.Output("logits", net.Apply("fc", Layers.Linear(2, bias: false), x));
        var graph = net.Build();
        return graph with
        {
            Initializers = graph.Initializers.Select(static (name, data) => TensorData.Of<float>(
                name == "conv.weight" ? [1, -1] : [.. Enumerable.Repeat(0.5f, 4), .. Enumerable.Repeat(0.25f, 4), .. Enumerable.Repeat(-0.25f, 4), 0, 0, 0, 0], [.. data.Dimensions])),
        };
    }

    private static float[] Maps(Graph graph, Sample sample, long[] outputs, Func<ScoredNetwork, Func<Tensor, Tensor, Tensor>> technique) =>
        Maps(graph, Numbers.Uniform(sample.Seed, sample.Count, sample.Channels, sample.Height, sample.Width), outputs, technique);

    private static float[] Maps(Graph graph, TensorData inputs, long[] outputs, Func<ScoredNetwork, Func<Tensor, Tensor, Tensor>> technique)
    {
        var before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        float[] maps;
        using (NewDisposeScope())
        {
            using var network = new ScoredNetwork(graph, ModelTask.Classification, CPU);
            maps = technique(network)(inputs.ToTensor(), TensorData.Of<long>(outputs).ToTensor()).ToTensorData().Values<float>().ToArray();
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
        return maps;
    }

    private readonly record struct Sample(long Seed, long Count, long Channels, long Height, long Width);
}
