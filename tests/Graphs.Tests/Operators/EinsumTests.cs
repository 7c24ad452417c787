using static Toolchain.Graphs.Tests.Operators.Inference;

namespace Toolchain.Graphs.Tests.Operators;

/// <summary>Shapes and costs of sums over named axes.</summary>
public sealed class EinsumTests
{
    [Theory]
    [InlineData("bij,bjk->bik", "[N, 3, 5]")]
    [InlineData("bij,bjk", "[3, 5]")]
    [InlineData("b i j, b j k -> k b", "[5, N]")]
    [InlineData("BiJ,BJk", "[3, 5]")]
    [InlineData("bij,bjk->", "[]")]
    public void The_output_term_names_the_axes(string equation, string expected) => Assert.Equal(expected, ShapeOf(new Einsum(equation), Of("N", 3, 4), Of("N", 4, 5)));

    [Fact]
    public void An_axis_takes_the_size_that_is_known_and_repeats_one()
    {
        Assert.Equal("[2, 3]", ShapeOf(new Einsum("bi,bi->bi"), Of("N", 3), Of(2, 1)));
        Assert.Equal("[?, N]", ShapeOf(new Einsum("bi,bi->bi"), Of("N", "N"), Of("M", "N")));
        Assert.Equal("[?]", ShapeOf(new Einsum("bi,bi->b"), Of("N", 3), new TensorType(ElementType.Float32, null)));
    }

    [Fact]
    public void What_does_not_fit_is_said()
    {
        var (a, b) = (Of("N", 3, 4), Of("N", 4, 5));
        Assert.Equal("equation 'bij,bjk->bik' has 2 terms, found 1 inputs.", Fault(new Einsum("bij,bjk->bik"), a));
        Assert.Equal("the term 'bj' of equation 'bij,bj->bi' has 2 axes, found [N, 4, 5].", Fault(new Einsum("bij,bj->bi"), a, b));
        Assert.Equal("axis 'j' of equation 'bji,bjk->bik' has size 3 in one input and 4 in another.", Fault(new Einsum("bji,bjk->bik"), a, b));
        Assert.Equal("all inputs must have one element type, found float32 [N, 3, 4], int64 [1].", Fault(new Einsum("bij,b->b"), a, Longs(1)));
    }

    [Fact]
    public void A_batch_of_matrix_products_costs_what_they_cost()
    {
        Assert.Equal(7 * 3 * 5 * 4, Cost("bij,bjk->bik", Of(7, 3, 4), Of(7, 4, 5)));
        Assert.Equal(0, Cost("bij->jib", Of(7, 3, 4)));
    }

    private static long Cost(string equation, params TensorType[] inputs)
    {
        var node = new Node("sum", new Einsum(equation), [.. inputs.Select(static (_, i) => $"in{i}")], ["y"]);
        var context = new NodeContext(node, inputs, static _ => null);
        return node.Op.MultiplyAdds(context, node.Op.Infer(context)[0].Shape!);
    }
}
