using Toolchain.Export.Rewrites;
using Toolchain.Export.Tests.Support;

namespace Toolchain.Export.Tests.Rewrites;

public sealed class FoldShapesTests
{
    private static readonly TensorData Image = RandomData.Floats([2, 3, 5, 5]);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_reshape_by_the_batch_of_its_input_copies_it(bool open)
    {
        var graph = Batch(new Sketch().Node("a", new Relu(), "x")).Node("rest", new Constant(TensorData.Of<long>(open ? [-1] : [15, 5])))
            .Node("target", new Concat(0), "n", "rest").Node("y", new Reshape(), "a", "target").Output("y").Build();

        var (result, _) = RewritePipeline.Inference.Apply(graph);

        Assert.DoesNotContain(result.Nodes, static n => n.Op is ShapeOf or Gather or Concat);
        OnnxRuntime.AssertSame(graph, result, Image);
        OnnxRuntime.AssertSame(graph, result, RandomData.Floats([7, 3, 5, 5]));
    }

    [Fact]
    public void Sizes_that_are_known_become_a_constant()
    {
        var graph = new Sketch().Input("x", [2, 3, 5, 5]).Node("shape", new ShapeOf(), "x").Node("i", new Constant(TensorData.Of<long>([2, 3]))).Node("hw", new Gather(), "shape", "i")
            .Node("two", new Constant(TensorData.Of<long>([2]))).Node("double", new Mul(), "hw", "two").Output("double", [2]).Build();
        graph = graph with { Outputs = [graph.Outputs[0] with { Type = new(ElementType.Int64, [2]) }] };

        var (result, _) = RewritePipeline.Inference.Apply(graph);

        Assert.Equal([10, 10], ((Constant)Assert.Single(result.Nodes).Op).Value.Values<long>().ToArray());
    }

    [Fact]
    public void A_batch_that_moves_is_what_remains()
    {
        var graph = Batch(new Sketch()).Node("t", new Transpose([1, 0, 2, 3]), "x").Node("rest", new Constant(TensorData.Of<long>([25])))
            .Node("three", new Constant(TensorData.Of<long>([3]))).Node("target", new Concat(0), "three", "n", "rest").Node("y", new Reshape(), "t", "target").Output("y").Build();

        var (result, report) = new FoldShapes().Apply(graph);

        Assert.True(report.Count("folded") > 0);
        OnnxRuntime.AssertSame(graph, result, Image);
    }

    [Fact]
    public void A_shape_that_a_run_decides_stays()
    {
        var graph = new Sketch().Input("x", ["N", 3, "H", "W"]).Node("shape", new ShapeOf(), "x").Node("i", new Constant(TensorData.Of<long>([3, 2, 0, 1])))
            .Node("turned", new Gather(), "shape", "i").Node("y", new Reshape(), "x", "turned").Output("y", ["W", "H", "N", 3]).Build();

        Assert.Contains(RewritePipeline.Inference.Apply(graph).Graph.Nodes, static n => n.Op is ShapeOf);
    }

    private static Sketch Batch(Sketch sketch) =>
        sketch.Node("shape", new ShapeOf(), "x").Node("zero", new Constant(TensorData.Of<long>([0]))).Node("n", new Gather(), "shape", "zero");
}
