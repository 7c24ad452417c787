using Toolchain.Export.Rewrites;
using Toolchain.Export.Tests.Support;

namespace Toolchain.Export.Tests.Rewrites;

public sealed class MergeDuplicatesTests
{
    private static readonly TensorData Image = RandomData.Floats([2, 3, 5, 5]);

    [Fact]
    public void Nodes_that_compute_the_same_are_computed_once()
    {
        var graph = new Sketch().Node("a", new Relu(), "x").Node("b", new Relu(), "x").Node("c", new Tanh(), "a").Node("d", new Tanh(), "b").Node("y", new Add(), "c", "d").Output("y").Build();

        var (result, report) = new MergeDuplicates().Apply(graph);

        Assert.Equal(2, report.Count("nodes merged"));
        Assert.Equal(["a", "c", "y"], result.Nodes.Select(static n => n.Name));
        OnnxRuntime.AssertSame(graph, result, Image);
    }

    [Fact]
    public void Equal_weights_are_stored_once_and_others_stay()
    {
        var weight = RandomData.Floats([3, 3, 1, 1]);
        var almost = weight.Values<float>().ToArray();
        almost[^1] += 1e-6f;
        var graph = new Sketch().Weight("w", 3, 3, 1, 1).Weight("v", 3, 3, 1, 1).Weight("u", 3, 3, 1, 1)
            .Node("a", new Conv(), "x", "w").Node("b", new Conv(), "a", "v").Node("c", new Conv(), "b", "u").Output("c").Build();
        graph = graph with { Initializers = graph.Initializers.Select((name, _) => name == "u" ? TensorData.Of<float>(almost, 3, 3, 1, 1) : TensorData.Of<float>(weight.Values<float>(), 3, 3, 1, 1)) };

        var (result, report) = new MergeDuplicates().Apply(graph);

        Assert.Equal((1, 0), (report.Count("initializers merged"), report.Count("nodes merged")));
        Assert.Equal(["w", "u"], result.Initializers.Keys);
        Assert.Equal(["w", "w", "u"], result.Nodes.Select(static n => n.Inputs[1]));
        OnnxRuntime.AssertSame(graph, result, Image);
    }

    [Fact]
    public void Attributes_and_inputs_tell_nodes_apart()
    {
        var graph = new Sketch().Node("a", new LeakyRelu(0.1f), "x").Node("b", new LeakyRelu(0.2f), "x").Node("c", new Sub(), "a", "b").Node("d", new Sub(), "b", "a").Node("y", new Mul(), "c", "d").Output("y").Build();
        Assert.Equal(graph.Nodes, new MergeDuplicates().Apply(graph).Graph.Nodes);
    }

    [Fact]
    public void An_output_keeps_its_name()
    {
        var graph = new Sketch().Node("a", new Relu(), "x").Node("b", new Relu(), "x").Output("a").Output("b").Build();

        var (result, _) = RewritePipeline.Inference.Apply(graph);

        Assert.Equal(["Relu", "Identity"], result.Nodes.Select(static n => n.Op.Type));
        var (expected, found) = (OnnxRuntime.Run(graph, Image), OnnxRuntime.Run(result, Image));
        Assert.Equal(["a", "b"], found.Keys.Order());
        Assert.Equal(expected["b"].Bytes.ToArray(), found["b"].Bytes.ToArray());
    }

    [Fact]
    public void Operators_that_are_not_known_may_be_random_and_stay()
    {
        var random = new Foreign("RandomUniformLike", "", []);
        var graph = new Sketch().Node("a", random, "x").Node("b", random, "x").Output("a", ["N"]).Output("b", ["N"]).Build();
        Assert.Equal(graph.Nodes, new MergeDuplicates().Apply(graph).Graph.Nodes);
    }
}
