using Toolchain.Export.Rewrites;
using Toolchain.Export.Tests.Support;

namespace Toolchain.Export.Tests.Rewrites;

public sealed class SimplifyShapesTests
{
    private static readonly TensorData Image = RandomData.Floats([2, 3, 5, 5]);

    [Fact]
    public void Two_transposes_become_one()
    {
        var graph = Start().Node("t", new Transpose([0, 2, 3, 1]), "a").Node("u", new Transpose([0, 3, 2, 1]), "t").Node("y", new Relu(), "u").Output("y").Build();

        var result = Apply(graph);

        Assert.Equal([new Tanh(), new Transpose([0, 1, 3, 2]), new Relu()], result.Nodes.Select(static n => n.Op));
        OnnxRuntime.AssertSame(graph, result, Image);
    }

    [Fact]
    public void Transposes_that_take_each_other_back_go()
    {
        var graph = Start().Node("t", new Transpose([0, 2, 3, 1]), "a").Node("u", new Transpose([0, 3, 1, 2]), "t").Node("y", new Relu(), "u").Output("y").Build();
        Assert.Equal(["Tanh", "Relu"], Types(graph));
    }

    [Fact]
    public void A_transpose_that_is_read_elsewhere_stays_beside_what_goes()
    {
        var graph = Start().Node("t", new Transpose([0, 2, 3, 1]), "a").Node("u", new Transpose([0, 3, 1, 2]), "t").Node("y", new Relu(), "u").Output("y").Output("t").Build();

        var result = Apply(graph);

        Assert.Equal(["Tanh", "Transpose", "Relu"], result.Nodes.Select(static n => n.Op.Type));
        Assert.Equal(OnnxRuntime.Run(graph, Image)["t"].Values<float>().ToArray(), OnnxRuntime.Run(result, Image)["t"].Values<float>().ToArray());
    }

    [Fact]
    public void Of_several_reshapes_the_last_does_the_work()
    {
        var graph = Start().Node("s", new Constant(TensorData.Of<long>([0, 15, 5]))).Node("r", new Reshape(), "a", "s").Node("f", new Flatten(), "r")
            .Node("s2", new Constant(TensorData.Of<long>([0, 5, -1]))).Node("y", new Reshape(), "f", "s2").Output("y").Build();

        var result = Apply(graph);

        Assert.Equal(["Tanh", "Constant", "Reshape"], result.Nodes.Select(static n => n.Op.Type));
        Assert.Equal([0, 5, 15], ((Constant)result.Nodes[1].Op).Value.Values<long>().ToArray());
        OnnxRuntime.AssertSame(graph, result, Image);
        OnnxRuntime.AssertSame(graph, result, RandomData.Floats([7, 3, 5, 5]));
    }

    [Fact]
    public void Reshapes_that_end_in_rows_become_a_flatten()
    {
        var graph = Start().Node("s", new Constant(TensorData.Of<long>([0, 3, -1]))).Node("r", new Reshape(), "a", "s").Node("y", new Flatten(), "r").Output("y").Build();

        var result = Apply(graph);

        Assert.Equal([new Tanh(), new Flatten()], result.Nodes.Select(static n => n.Op));
        OnnxRuntime.AssertSame(graph, result, Image);
    }

    [Fact]
    public void A_shape_that_comes_back_costs_nothing()
    {
        var graph = Start().Node("f", new Flatten(), "a").Node("s", new Constant(TensorData.Of<long>([0, 3, 5, 5]))).Node("r", new Reshape(), "f", "s").Node("y", new Relu(), "r").Output("y").Build();
        Assert.Equal(["Tanh", "Relu"], Types(graph));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(-1, 4)]
    [InlineData(4, -1)]
    public void An_axis_that_is_added_and_removed_goes(long added, long removed)
    {
        var graph = Start().Node("i", new Constant(TensorData.Of<long>([added]))).Node("j", new Constant(TensorData.Of<long>([removed])))
            .Node("u", new Unsqueeze(), "a", "i").Node("s", new Squeeze(), "u", "j").Node("y", new Relu(), "s").Output("y").Build();
        Assert.Equal(["Tanh", "Relu"], Types(graph));
    }

    [Fact]
    public void Nodes_that_change_nothing_go()
    {
        var graph = new Sketch().Input("x", ["N", 6]).Node("a", new Tanh(), "x").Node("f", new Flatten(), "a").Node("t", new Transpose([0, 1]), "f").Node("y", new Relu(), "t").Output("y").Build();
        var (result, _) = RewritePipeline.Inference.Apply(graph);

        Assert.Equal(["Tanh", "Relu"], result.Nodes.Select(static n => n.Op.Type));
        OnnxRuntime.AssertSame(graph, result, RandomData.Floats([3, 6]));
    }

    [Fact]
    public void Open_sizes_that_no_target_can_state_stay()
    {
        var graph = new Sketch().Input("x", ["N", 3, "H", "W"]).Node("a", new Tanh(), "x").Node("s", new Constant(TensorData.Of<long>([-1, 0]))).Node("f", new Flatten(2), "a")
            .Node("y", new Reshape(), "f", "s").Output("y", ["?", "?"]).Build();
        Assert.Equal(graph.Nodes, new SimplifyShapes().Apply(graph).Graph.Nodes);
    }

    private static Sketch Start() => new Sketch().Node("a", new Tanh(), "x");

    private static IEnumerable<string> Types(Graph graph)
    {
        var result = Apply(graph);
        OnnxRuntime.AssertSame(graph, result, Image);
        return result.Nodes.Select(static n => n.Op.Type);
    }

    private static Graph Apply(Graph graph)
    {
        var (result, report) = new SimplifyShapes().Apply(graph);
        Assert.True(report.Count("shortened") > 0);
        GraphTypes.Infer(result);
        return new RewritePipeline([new RemoveIdentity(), new RemoveDeadNodes()]).Apply(result).Graph;
    }
}
