using static Toolchain.Graphs.Tests.Operators.Inference;

namespace Toolchain.Graphs.Tests.Operators;

public sealed class SelectionTests
{
    [Fact]
    public void Gathering_replaces_an_axis_by_those_of_the_indices()
    {
        Assert.Equal("[N, 2, 3, 8]", ShapeOf(new Gather(1), Of("N", 4, 8), new TensorType(ElementType.Int64, [2, 3])));
        Assert.Equal("[N, 4]", ShapeOf(new Gather(-1), Of("N", 4, 8), TensorData.Scalar(-8L)));
        Assert.Equal("[K, 4]", ShapeOf(new Gather(), Of("N", 4), new TensorType(ElementType.Int32, ["K"])));
        Assert.Equal("index 8 is outside of axis 1 of [N, 8].", Fault(new Gather(1), Of("N", 8), Longs(0, 8)));
        Assert.Equal("index -9 is outside of axis 1 of [N, 8].", Fault(new Gather(1), Of("N", 8), Longs(-9)));
        Assert.Equal("the indices must be int64 or int32, found float32 [2].", Fault(new Gather(), Of("N", 8), Of(2)));
        Assert.Equal("attribute 'axis' is 2; a tensor of rank 2 has axes -2 to 1.", Fault(new Gather(2), Of("N", 8), Longs(0)));
    }

    [Theory]
    [InlineData(0, 8, 1, "[N, 8]")]
    [InlineData(2, -1, 1, "[N, 5]")]
    [InlineData(-3, long.MaxValue, 1, "[N, 3]")]
    [InlineData(0, long.MaxValue, 3, "[N, 3]")]
    [InlineData(5, 2, 1, "[N, 0]")]
    [InlineData(9, 20, 1, "[N, 0]")]
    [InlineData(-1, long.MinValue, -1, "[N, 8]")]
    [InlineData(6, 0, -4, "[N, 2]")]
    [InlineData(-100, 100, 1, "[N, 8]")]
    [InlineData(-100, -200, -1, "[N, 1]")]
    public void A_slice_is_clamped_into_its_axis(long start, long end, long step, string expected) =>
        Assert.Equal(expected, ShapeOf(new Slice(), Of("N", 8), Longs(start), Longs(end), Longs(-1), Longs(step)));

    [Fact]
    public void A_slice_takes_the_axes_in_order_and_leaves_what_it_does_not_know()
    {
        Assert.Equal("[N, 2]", ShapeOf(new Slice(), Of("N", 8), Longs(0, 1), Longs(long.MaxValue, 3)));
        Assert.Equal("[?, 8]", ShapeOf(new Slice(), Of("N", 8), Longs(0), Longs(3)));
        Assert.Equal("[N, ?]", ShapeOf(new Slice(), Of("N", 8), new TensorType(ElementType.Int64, [1]), Longs(8), Longs(1)));
        Assert.Equal("[?, ?]", ShapeOf(new Slice(), Of("N", 8), new TensorType(ElementType.Int64, ["K"]), new TensorType(ElementType.Int64, ["K"])));
        Assert.Equal("starts, ends, axes and steps must have equally many items, found 1, 2, 1 and 1.", Fault(new Slice(), Of("N", 8), Longs(0), Longs(1, 2)));
        Assert.Equal("a step of 0 never ends.", Fault(new Slice(), Of("N", 8), Longs(0), Longs(1), Longs(1), Longs(0)));
        Assert.Equal("input 1 (starts) must be a list of integers, found int64 [].", Fault(new Slice(), Of("N", 8), TensorData.Scalar(0L), Longs(1)));
    }

    [Fact]
    public void A_split_has_as_many_parts_as_outputs()
    {
        Assert.Equal("[N, 4] [N, 4]", Parts(new Split(1), 2, Of("N", 8)));
        Assert.Equal("[N, 3] [N, 3] [N, 2]", Parts(new Split(-1), 3, Of("N", 8)));
        Assert.Equal("[N, 1] [N, 0] [N, 7]", Parts(new Split(1), 3, Of("N", 8), Longs(1, 0, 7)));
        Assert.Equal("[?, 8] [?, 8]", Parts(new Split(), 2, Of("N", 8)));
        Assert.Equal("[1, 8] [3, 8]", Parts(new Split(), 2, Of("N", 8), Longs(1, 3)));
        Assert.Equal("the sizes [1, 6] do not divide 8 values into 2 parts.", Refusal(new Split(1), 2, Of("N", 8), Longs(1, 6)));
        Assert.Equal("the sizes [9, -1] do not divide 8 values into 2 parts.", Refusal(new Split(1), 2, Of("N", 8), Longs(9, -1)));
        Assert.Equal("there are 3 sizes for 2 outputs.", Refusal(new Split(), 2, Of("N", 8), Longs(1, 1, 1)));
        Assert.Equal("input 1 (split) must be a constant, found the computed value 'in1'.", Refusal(new Split(1), 2, Of("N", 8), new TensorType(ElementType.Int64, [2])));
    }

    [Fact]
    public void Blocks_of_pixels_become_channels_and_back()
    {
        Assert.Equal("[N, 2, 6, ?]", ShapeOf(new DepthToSpace(2), Of("N", 8, 3, "W")));
        Assert.Equal("[N, 8, 3, ?]", ShapeOf(new SpaceToDepth(2), Of("N", 2, 6, "W")));
        Assert.Equal("6 channels cannot be spread over blocks of 2×2 pixels.", Fault(new DepthToSpace(2, true), Of("N", 6, 3, 3)));
        Assert.Equal("[N, 2, 6, 7] cannot be cut into blocks of 2×2 pixels.", Fault(new SpaceToDepth(2), Of("N", 2, 6, 7)));
        Assert.Equal("attribute 'blocksize' must be from 1 to 32767, found 0.", Fault(new SpaceToDepth(0), Of("N", 2, 6, 7)));
        Assert.Equal("input 0 must have rank 4 ([N, C, H, W]), found [N, 8].", Fault(new DepthToSpace(2), Of("N", 8)));
    }

    [Fact]
    public void Repeating_multiplies_and_expanding_broadcasts()
    {
        Assert.Equal("[N, 12]", ShapeOf(new Tile(), Of("N", 4), Longs(1, 3)));
        Assert.Equal("[?, 0]", ShapeOf(new Tile(), Of("N", 4), Longs(2, 0)));
        Assert.Equal("the repeats must be 2 numbers from 0 for [N, 4], found [2].", Fault(new Tile(), Of("N", 4), Longs(2)));
        Assert.Equal("9223372036854775807 · 2 values along one axis are too many.", Fault(new Tile(), Of(long.MaxValue), Longs(2)));
        Assert.Equal("[3, N, 4]", ShapeOf(new Expand(), Of("N", 1), Longs(3, 1, 4)));
        Assert.Equal("shapes [N, 3] and [1, 4] cannot be broadcast together: 3 against 4.", Fault(new Expand(), Of("N", 3), Longs(1, 4)));
        Assert.Equal("unknown", ShapeOf(new Expand(), Of("N", 3), new TensorType(ElementType.Int64, null)));
    }

    private static string Parts(Split op, int count, params object?[] inputs) => string.Join(' ', Outputs(op, count, inputs).Select(static o => o.Shape));

    private static string Refusal(Split op, int count, params object?[] inputs) =>
        Assert.Throws<ToolchainException>(() => Outputs(op, count, inputs)).Message["Split node 'layer': ".Length..];
}
