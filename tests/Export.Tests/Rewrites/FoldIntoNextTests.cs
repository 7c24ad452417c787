using Toolchain.Export.Rewrites;
using Toolchain.Export.Tests.Support;

namespace Toolchain.Export.Tests.Rewrites;

public sealed class FoldIntoNextTests
{
    private static readonly TensorData Image = RandomData.Floats([2, 4, 5, 5]);
    private static readonly TensorData Rows = RandomData.Floats([3, 6]);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void A_normalisation_before_an_unpadded_convolution_becomes_part_of_it(int groups)
    {
        var graph = Images().Weight("w", 8, 4 / groups, 3, 3).Weight("b", 8).Norm("norm", "x", 4).Node("conv", new Conv(Group: groups), "norm", "w", "b").Output("conv").Build();

        var folded = Apply(graph, 1);

        Assert.Equal(["x", "w", "conv.bias"], Assert.Single(folded.Nodes).Inputs);
        OnnxRuntime.AssertSame(graph, folded, Image);
    }

    [Fact]
    public void A_padded_convolution_takes_factors_but_nothing_that_is_added()
    {
        var conv = new Conv([3, 3], Pads: [1, 1, 1, 1]);
        Apply(Images().Weight("w", 8, 4, 3, 3).Norm("norm", "x", 4).Node("conv", conv, "norm", "w").Output("conv").Build(), 0);
        Apply(Images().Weight("w", 8, 4, 3, 3).Norm("norm", "x", 4).Node("conv", new Conv(AutoPad: AutoPad.SameUpper), "norm", "w").Output("conv").Build(), 0);

        var scaled = Images().Weight("w", 8, 4, 3, 3).Weight("c", 4, 1, 1).Node("mul", new Mul(), "x", "c").Node("conv", conv, "mul", "w").Output("conv").Build();
        OnnxRuntime.AssertSame(scaled, Apply(scaled, 1), Image);
    }

    [Fact]
    public void A_transposed_convolution_takes_factors_but_nothing_that_is_added()
    {
        Apply(Images().Weight("w", 4, 3, 2, 2).Norm("norm", "x", 4).Node("up", new ConvTranspose(), "norm", "w").Output("up").Build(), 0);

        var scaled = Images().Weight("w", 4, 3, 2, 2).Weight("c", 4, 1, 1).Node("mul", new Mul(), "x", "c").Node("up", new ConvTranspose(Group: 2), "mul", "w").Output("up").Build();
        OnnxRuntime.AssertSame(scaled, Apply(scaled, 1), Image);
    }

    [Theory]
    [InlineData(true, 0.5f)]
    [InlineData(false, 1f)]
    public void A_normalisation_before_a_matrix_product_becomes_part_of_it(bool transposed, float alpha)
    {
        var graph = new Sketch().Input("x", ["N", 6]).Weight("w", transposed ? [4, 6] : [6, 4]).Weight("b", 4)
            .Norm("norm", "x", 6).Node("fc", new Gemm(Alpha: alpha, Beta: 0.3f, TransB: transposed), "norm", "w", "b").Output("fc").Build();
        OnnxRuntime.AssertSame(graph, Apply(graph, 1), Rows);
    }

    [Fact]
    public void A_product_of_matrices_becomes_a_Gemm_where_something_is_added()
    {
        var graph = new Sketch().Input("x", ["N", 6]).Weight("w", 6, 4).Weight("c", 6).Node("add", new Add(), "x", "c").Node("fc", new MatMul(), "add", "w").Output("fc").Build();

        var folded = Apply(graph, 1);

        Assert.Equal([new Gemm()], folded.Nodes.Select(static n => n.Op));
        OnnxRuntime.AssertSame(graph, folded, Rows);
    }

    [Fact]
    public void A_product_of_more_axes_takes_factors_of_its_last_axis()
    {
        var graph = new Sketch().Input("x", ["N", 5, 6]).Weight("w", 6, 4).Weight("c", 6).Node("mul", new Mul(), "x", "c").Node("fc", new MatMul(), "mul", "w").Output("fc").Build();
        OnnxRuntime.AssertSame(graph, Apply(graph, 1), RandomData.Floats([2, 5, 6]));
    }

    [Fact]
    public void A_normalisation_that_something_else_reads_stays() =>
        Apply(Images().Weight("w", 4, 4, 1, 1).Norm("norm", "x", 4).Node("conv", new Conv(), "norm", "w").Node("y", new Add(), "conv", "norm").Output("y").Build(), 0);

    [Fact]
    public void A_weight_that_something_else_reads_stays() =>
        Apply(Images().Weight("w", 4, 4, 1, 1).Norm("norm", "x", 4).Node("conv", new Conv(), "norm", "w").Node("again", new Conv(), "conv", "w").Output("again").Build(), 0);

    [Fact]
    public void A_first_operand_that_is_broadcast_stays()
    {
        var graph = new Sketch().Input("x", ["N", 1]).Weight("w", 6, 4).Weight("c", 1, 6).Node("add", new Add(), "x", "c").Node("fc", new Gemm(), "add", "w").Output("fc").Build();
        Apply(graph, 0);
    }

    private static Sketch Images() => new Sketch().Input("x", ["N", 4, 5, 5]);

    private static Graph Apply(Graph graph, int folded)
    {
        var (result, report) = new FoldIntoNext().Apply(graph);
        Assert.Equal(folded, report.Count("folded"));
        GraphTypes.Infer(result);
        return result;
    }
}
