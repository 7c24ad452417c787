using static Toolchain.Graphs.Tests.Operators.Inference;

namespace Toolchain.Graphs.Tests.Operators;

public sealed class ProductTests
{
    [Theory]
    [InlineData(false, false, "[N, 6]")]
    [InlineData(false, true, "[N, 5]")]
    public void A_general_product_has_rows_of_the_first_and_columns_of_the_second(bool transA, bool transB, string expected) =>
        Assert.Equal(expected, ShapeOf(new Gemm(TransA: transA, TransB: transB), Of("N", transB ? 6 : 5), Of(5, 6)));

    [Fact]
    public void A_transposed_first_factor_keeps_the_symbol() =>
        Assert.Equal("[N, 6]", ShapeOf(new Gemm(TransA: true), Of(5, "N"), Of(5, 6)));

    [Theory]
    [InlineData(new long[] { 6 }, true)]
    [InlineData(new long[] { 1 }, true)]
    [InlineData(new long[] { 1, 6 }, true)]
    [InlineData(new long[] { }, true)]
    [InlineData(new long[] { 5 }, false)]
    [InlineData(new long[] { 1, 1, 6 }, false)]
    public void The_bias_of_a_general_product_is_broadcast_one_way(long[] bias, bool fits)
    {
        var type = new TensorType(ElementType.Float32, Shape.Of(bias));
        if (fits)
        {
            Assert.Equal("[N, 6]", ShapeOf(new Gemm(), Of("N", 5), Of(5, 6), type));
        }
        else
        {
            Assert.Equal($"the bias must be broadcastable to [N, 6], found {type.Shape}.", Fault(new Gemm(), Of("N", 5), Of(5, 6), type));
        }
    }

    [Fact]
    public void A_general_product_says_what_does_not_fit()
    {
        Assert.Equal("the weight expects 5 features, found 4 in [N, 4].", Fault(new Gemm(), Of("N", 4), Of(5, 6)));
        Assert.Equal("input 0 must have rank 2 (a matrix; flatten the input first), found [N, 4, 2].", Fault(new Gemm(), Of("N", 4, 2), Of(5, 6)));
    }

    [Fact]
    public void Matrix_products_broadcast_their_leading_axes()
    {
        Assert.Equal("[N, 7, 4, 6]", ShapeOf(new MatMul(), Of("N", 1, 4, 5), Of(7, 5, 6)));
        Assert.Equal("[N, 4]", ShapeOf(new MatMul(), Of("N", 4, 5), Of(5)));
        Assert.Equal("[N, 6]", ShapeOf(new MatMul(), Of(5), Of("N", 5, 6)));
        Assert.Equal("[]", ShapeOf(new MatMul(), Of(5), Of(5)));
        Assert.Equal("inner sizes differ: [N, 4] · [5, 6].", Fault(new MatMul(), Of("N", 4), Of(5, 6)));
        Assert.Equal("shapes [2] and [3] cannot be broadcast together: 2 against 3.", Fault(new MatMul(), Of(2, 4, 5), Of(3, 5, 6)));
        Assert.Equal("scalars have no matrix product, found [] and [5].", Fault(new MatMul(), Of(), Of(5)));
    }
}
