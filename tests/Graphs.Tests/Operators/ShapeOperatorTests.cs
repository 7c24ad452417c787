using static Toolchain.Graphs.Tests.Operators.Inference;

namespace Toolchain.Graphs.Tests.Operators;

public sealed class ShapeOperatorTests
{
    [Theory]
    [InlineData(1, "[N, 24]")]
    [InlineData(0, "[1, ?]")]
    [InlineData(2, "[?, 6]")]
    [InlineData(-1, "[?, 3]")]
    [InlineData(4, "[?, 1]")]
    public void Flattening_multiplies_the_axes_on_either_side(long axis, string expected) =>
        Assert.Equal(expected, ShapeOf(new Flatten(axis), Of("N", 4, 2, 3)));

    [Theory]
    [InlineData(new long[] { 0, -1 }, "[N, 24]")]
    [InlineData(new long[] { -1, 24 }, "[N, 24]")]
    [InlineData(new long[] { -1, 2, 12 }, "[N, 2, 12]")]
    [InlineData(new long[] { -1, 12 }, "[?, 12]")]
    [InlineData(new long[] { 0, 2, 0, -1 }, "[N, 2, 2, 6]")]
    [InlineData(new long[] { 0, 0, 6 }, "[N, 4, 6]")]
    [InlineData(new long[] { -1 }, "[?]")]
    public void Reshaping_copies_dimensions_and_finds_the_open_one(long[] target, string expected) =>
        Assert.Equal(expected, ShapeOf(new Reshape(), Of("N", 4, 2, 3), Longs(target)));

    [Theory]
    [InlineData(new long[] { 0, 25 }, "[N, 4, 2, 3] cannot be reshaped to [N, 25]: the number of elements differs.")]
    [InlineData(new long[] { 0, 5, -1 }, "[N, 4, 2, 3] cannot be reshaped to [N, 5, ?]: the number of elements differs.")]
    [InlineData(new long[] { -1, -1 }, "the target [-1, -1] has more than one −1.")]
    [InlineData(new long[] { 0, -2 }, "the target [0, -2] has a negative dimension.")]
    [InlineData(new long[] { 0, 24, 1, 1, 0 }, "the target [0, 24, 1, 1, 0] copies dimension 4, which [N, 4, 2, 3] lacks.")]
    public void Reshaping_says_why_it_cannot(long[] target, string expected) =>
        Assert.Equal(expected, Fault(new Reshape(), Of("N", 4, 2, 3), Longs(target)));

    [Fact]
    public void A_zero_is_a_size_where_zeros_are_allowed()
    {
        Assert.Equal("[0, 3]", ShapeOf(new Reshape(AllowZero: true), Of(3, 0), Longs(0, 3)));
        Assert.Equal("[3, 4] cannot be reshaped to [0, 3]: the number of elements differs.", Fault(new Reshape(AllowZero: true), Of(3, 4), Longs(0, 3)));
    }

    [Fact]
    public void The_target_of_a_reshape_must_be_there()
    {
        Assert.Equal("input 1 is missing (1 given).", Fault(new Reshape(), Of("N", 4)));
        Assert.Equal("input 1 (shape) must be a list of integers, found float32 [2].", Fault(new Reshape(), Of("N", 4), Of(2)));
        Assert.Equal("[?, ?]", ShapeOf(new Reshape(), Of("N", 4), new TensorType(ElementType.Int64, [2])));
        Assert.Equal("unknown", ShapeOf(new Reshape(), Of("N", 4), new TensorType(ElementType.Int64, ["R"])));
    }

    [Fact]
    public void Transposing_permutes_or_reverses_the_axes()
    {
        Assert.Equal("[N, 2, 3, 4]", ShapeOf(new Transpose([0, 2, 3, 1]), Of("N", 4, 2, 3)));
        Assert.Equal("[3, 2, 4, N]", ShapeOf(new Transpose(), Of("N", 4, 2, 3)));
        Assert.Equal("attribute 'perm' [0, 0] is not a permutation of the 2 axes of [N, 4].", Fault(new Transpose([0, 0]), Of("N", 4)));
        Assert.Equal("attribute 'perm' [0, 1, 2] is not a permutation of the 2 axes of [N, 4].", Fault(new Transpose([0, 1, 2]), Of("N", 4)));
    }

    [Fact]
    public void Joining_adds_up_one_axis()
    {
        Assert.Equal("[N, 9, 2]", ShapeOf(new Concat(1), Of("N", 4, 2), Of("N", 5, 2)));
        Assert.Equal("[N, 9, 2]", ShapeOf(new Concat(-2), Of("N", 4, 2), Of("N", 5, 2)));
        Assert.Equal("[?, 4]", ShapeOf(new Concat(0), Of("N", 4), Of(3, 4)));
        Assert.Equal("[N, 5, 3] cannot be joined to [N, 4, 2] along axis 1: the other dimensions must be equal.", Fault(new Concat(1), Of("N", 4, 2), Of("N", 5, 3)));
        Assert.Equal("[N, 5] cannot be joined to [N, 4, 2] along axis 1: the other dimensions must be equal.", Fault(new Concat(1), Of("N", 4, 2), Of("N", 5)));
    }

    [Fact]
    public void Axes_of_one_are_inserted_and_removed()
    {
        Assert.Equal("[1, N, 4, 1]", ShapeOf(new Unsqueeze(), Of("N", 4), Longs(0, -1)));
        Assert.Equal("the axes [0, -3] name one axis twice.", Fault(new Unsqueeze(), Of("N"), Longs(0, -3)));
        Assert.Equal("attribute 'axis' is 3; a tensor of rank 3 has axes -3 to 2.", Fault(new Unsqueeze(), Of("N", 4), Longs(3)));
        Assert.Equal("[N, 4]", ShapeOf(new Squeeze(), Of(1, "N", 4, 1), Longs(0, -1)));
        Assert.Equal("[4]", ShapeOf(new Squeeze(), Of(1, 4, 1)));
        Assert.Equal("unknown", ShapeOf(new Squeeze(), Of("N", 4, 1)));
        Assert.Equal("axis 1 of [N, 4] is not 1.", Fault(new Squeeze(), Of("N", 4), Longs(1)));
    }

    [Fact]
    public void Padding_grows_and_crops()
    {
        Assert.Equal("[N, 4, 10, 7]", ShapeOf(new Pad(), Of("N", 4, 8, 8), Longs(0, 0, 1, -1, 0, 0, 1, 0)));
        Assert.Equal("[?, 4]", ShapeOf(new Pad(), Of("N", 4), Longs(1, 0, 0, 0)));
        Assert.Equal("the pads must have 4 items for [N, 4], found [1, 1].", Fault(new Pad(), Of("N", 4), Longs(1, 1)));
        Assert.Equal("[?, ?]", ShapeOf(new Pad(), Of("N", 4), new TensorType(ElementType.Int64, [4])));
        Assert.Equal("[?, ?]", ShapeOf(new Pad(), Of("N", 4), new TensorType(ElementType.Int64, ["P"])));
        Assert.Equal("pads -3 and -2 leave nothing of axis 1 of [N, 4].", Fault(new Pad(), Of("N", 4), Longs(0, -3, 0, -2)));
        Assert.Equal("input 1 is missing (1 given).", Fault(new Pad(), Of("N", 4)));
    }
}
