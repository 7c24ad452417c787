using static Toolchain.Graphs.Layers;

namespace Toolchain.Graphs.Tests.Building;

public sealed class LayersTests
{
    [Fact]
    public void Adaptive_pooling_is_the_simplest_operator_that_is_exact()
    {
        Assert.Equal(["GlobalAveragePool"], Adaptive(1, 1, 12, 12));
        Assert.Equal(["Identity"], Adaptive(12, 12, 12, 12));
        Assert.Equal(["AveragePool"], Adaptive(3, 4, 12, 12));
        Assert.Equal(["Constant", "Constant", "MatMul", "MatMul"], Adaptive(5, 5, 12, 12).Order(StringComparer.Ordinal));
        Assert.Contains("MatMul", Adaptive(24, 24, 12, 12));
    }

    [Fact]
    public void The_cells_of_adaptive_pooling_cover_every_pixel_and_weigh_one()
    {
        var graph = Build(AdaptiveAvgPool2d(3, 5), 7, 8);
        var rows = Constant(graph, "layer.rows");
        var columns = Constant(graph, "layer.columns");
        Assert.Equal(("[3, 7]", "[8, 5]"), (rows.Dimensions.ToString(), columns.Dimensions.ToString()));

        // 7 pixels in 3 cells: 0..2, 2..4, 4..6 (PyTorch's ⌊i·7/3⌋ to ⌈(i+1)·7/3⌉).
        const float Third = 1f / 3;
        Assert.Equal([Third, Third, Third, 0, 0, 0, 0, 0, 0, Third, Third, Third, 0, 0, 0, 0, 0, 0, Third, Third, Third], rows.Values<float>().ToArray());
        for (var cell = 0; cell < 5; cell++)
        {
            Assert.Equal(1, Enumerable.Range(0, 8).Sum(pixel => columns.Values<float>()[(pixel * 5) + cell]), 1e-6f);
        }
    }

    [Fact]
    public void Layers_that_do_not_fit_are_named()
    {
        Assert.Equal("Layer 'layer': a linear layer needs an input [N, features], found [N, 3, 8, 8]. Put Flatten() before it.", Fault(Linear(4)));
        Assert.Equal("Layer 'layer': a 2-D convolution with 2 groups needs an input [N, C, H, W] whose C they divide, found [N, 3, 8, 8].", Fault(Conv2d(4, 3, groups: 2)));
        Assert.Equal("Layer 'layer.1': adaptive pooling needs an input [N, C, H, W] of known size, found [N, 192].", Fault(Sequential(Flatten(), AdaptiveAvgPool2d(1, 1))));
        Assert.Equal(
            "MaxPool node 'layer': a window of 9 pixels does not fit into an input of 8 pixels with padding 0+0; use a larger image, more padding or a smaller kernel.",
            Fault(MaxPool2d(9)));
        Assert.Equal("Dropout node 'layer': the ratio must be at least 0 and below 1, found 1.", Fault(Dropout(1)));
    }

    [Fact]
    public void Batch_normalisation_stores_the_share_that_stays()
    {
        var op = Assert.IsType<BatchNormalization>(Assert.Single(Build(BatchNorm2d(momentum: 0.1f)).Nodes).Op);
        Assert.Equal((1e-5f, 0.9f), (op.Epsilon, op.Momentum));
    }

    [Fact]
    public void First_values_depend_on_the_seed_and_the_name_only()
    {
        var alone = Build(Conv2d(4, 3), seed: 7).Initializers["layer.weight"];
        var net = new GraphBuilder("other", 7);
        var x = net.Input("x", ElementType.Float32, ["N", 3, 8, 8]);
        x = net.Apply("before", Conv2d(3, 3, padding: 1), x);
        net.Output("y", net.Apply("layer", Conv2d(4, 3), x));
        var graph = net.Build();

        // Read in another order, too: values are made when they are first asked for.
        Assert.True(graph.Initializers["layer.weight"].ContentEquals(alone));
        Assert.False(graph.Initializers["before.weight"].Values<float>()[..27].SequenceEqual(alone.Values<float>()[..27]));
        Assert.False(Build(Conv2d(4, 3), seed: 8).Initializers["layer.weight"].ContentEquals(alone));
    }

    [Theory]
    [InlineData(true, 27)]
    [InlineData(false, 192)]
    public void First_values_are_uniform_within_one_over_the_root_of_the_inputs(bool convolution, int inputs)
    {
        var graph = Build(convolution ? Conv2d(512, 3) : Sequential(Flatten(), Linear(512)));
        var bound = 1 / Math.Sqrt(inputs);
        foreach (var (name, data) in graph.Initializers)
        {
            var values = data.Values<float>().ToArray();
            Assert.All(values, value => Assert.InRange(value, -bound, bound));

            // Of n uniform values, mean and mean square stay within five standard deviations: σ = b/√3/√n and b²·√(4/45)/√n.
            Assert.InRange(values.Average(), -5 * bound / Math.Sqrt(3.0 * values.Length), 5 * bound / Math.Sqrt(3.0 * values.Length));
            Assert.Equal(bound * bound / 3, values.Average(static v => (double)v * v), 5 * bound * bound * Math.Sqrt(4.0 / 45 / values.Length));
            Assert.True(values.Distinct().Count() > values.Length * 0.9, name);
        }
    }

    [Fact]
    public void Batch_normalisation_begins_as_the_identity()
    {
        var weights = Build(BatchNorm2d()).Initializers;
        Assert.Equal([1, 1, 1], weights["layer.weight"].Values<float>().ToArray());
        Assert.Equal([0, 0, 0], weights["layer.bias"].Values<float>().ToArray());
        Assert.Equal([0, 0, 0], weights["layer.running_mean"].Values<float>().ToArray());
        Assert.Equal([1, 1, 1], weights["layer.running_var"].Values<float>().ToArray());
    }

    private static string[] Adaptive(int height, int width, int h, int w) => [.. Build(AdaptiveAvgPool2d(height, width), h, w).Nodes.Select(static n => n.Op.Type)];

    private static TensorData Constant(Graph graph, string name) => graph.ConstantValue(name) ?? throw new InvalidOperationException($"There is no constant '{name}'.");

    private static string Fault(Layer layer) => Assert.Throws<ToolchainException>(() => Build(layer)).Message;

    private static Graph Build(Layer layer, int height = 8, int width = 8, long seed = 0)
    {
        var net = new GraphBuilder("test", seed);
        net.Output("y", net.Apply("layer", layer, net.Input("x", ElementType.Float32, ["N", 3, height, width])));
        return net.Build();
    }
}
