using Toolchain.Export.Rewrites;
using Toolchain.Export.Tests.Support;

namespace Toolchain.Export.Tests.Rewrites;

public sealed class FoldConstantsTests
{
    private static readonly TensorData Rows = RandomData.Floats([3, 6]);

    [Fact]
    public void A_weight_that_is_transposed_at_every_run_is_stored_transposed()
    {
        var graph = new Sketch().Input("x", ["N", 6]).Weight("w", 4, 6).Node("t", new Transpose([1, 0]), "w").Node("y", new MatMul(), "x", "t").Output("y").Build();

        var (result, _) = RewritePipeline.Inference.Apply(graph);

        Assert.Equal(["MatMul"], result.Nodes.Select(static n => n.Op.Type));
        Assert.Equal(["t"], result.Initializers.Keys);
        Assert.Equal([6, 4], result.Initializers["t"].Dimensions);
        OnnxRuntime.AssertSame(graph, result, Rows);
    }

    [Fact]
    public void Only_what_is_read_of_a_constant_part_is_stored()
    {
        var graph = new Sketch().Input("x", ["N", 6]).Weight("w", 6).Node("two", new Constant(TensorData.Scalar(2f)))
            .Node("a", new Mul(), "w", "two").Node("b", new Relu(), "a").Node("c", new Tanh(), "b").Node("y", new Add(), "x", "c").Output("y").Build();

        var (result, report) = new FoldConstants().Apply(graph);

        Assert.Equal(3, report.Count("folded"));
        Assert.Equal(["w", "c"], result.Initializers.Keys);
        OnnxRuntime.AssertSame(graph, result, Rows);
    }

    [Fact]
    public void Indices_and_outputs_become_constants()
    {
        var graph = new Sketch().Input("x", ["N", 6]).Node("a", new Constant(TensorData.Of<long>([-1]))).Node("b", new Constant(TensorData.Of<long>([3, 2])))
            .Node("shape", new Concat(0), "a", "b").Node("y", new Flatten(), "x").Weight("w", 3).Node("z", new Relu(), "w").Output("y").Output("shape").Output("z").Build();
        graph = graph with { Outputs = graph.Outputs.Select(static o => o.Name == "shape" ? o with { Type = new(ElementType.Int64, [3]) } : o).ToEquatableArray() };

        var (result, _) = new RewritePipeline([new FoldConstants(), new RemoveDeadNodes()]).Apply(graph);

        Assert.Equal(["Constant", "Flatten", "Constant"], result.Nodes.Select(static n => n.Op.Type));
        var values = OnnxRuntime.Run(result, Rows);
        Assert.Equal([-1, 3, 2], values["shape"].Values<long>().ToArray());
        Assert.Equal(OnnxRuntime.Run(graph, Rows)["z"].Bytes.ToArray(), values["z"].Bytes.ToArray());
    }

    [Fact]
    public void A_file_does_not_grow()
    {
        var graph = new Sketch().Input("x", ["N", 6]).Weight("a", 200, 1).Weight("b", 1, 200).Weight("small", 5, 1).Weight("v", 1, 5)
            .Node("large", new Mul(), "a", "b").Node("mean", new ReduceMean(), "large").Node("grows", new Mul(), "small", "v").Node("all", new ReduceMean(), "grows")
            .Node("y", new Mul(), "x", "mean").Node("z", new Mul(), "y", "all").Output("z").Build();

        var (result, report) = new FoldConstants().Apply(graph);

        Assert.Equal(2, report.Count("folded"));
        Assert.Equal(["large", "mean"], result.Nodes.Take(2).Select(static n => n.Name));
        OnnxRuntime.AssertSame(graph, result, Rows);
    }

    [Fact]
    public void What_reads_the_input_stays()
    {
        var graph = new Sketch().Node("y", new Relu(), "x").Output("y").Build();
        Assert.Same(graph, new FoldConstants().Apply(graph).Graph);
    }
}
