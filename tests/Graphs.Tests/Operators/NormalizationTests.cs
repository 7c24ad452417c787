using static Toolchain.Graphs.Tests.Operators.Inference;

namespace Toolchain.Graphs.Tests.Operators;

public sealed class NormalizationTests
{
    [Fact]
    public void Normalisations_of_channels_take_one_scale_and_one_shift_per_channel()
    {
        foreach (var op in new Operator[] { new InstanceNormalization(), new GroupNormalization(2) })
        {
            Assert.Equal("[N, 4, 8, 8]", ShapeOf(op, Of("N", 4, 8, 8), Of(4), Of(4)));
            Assert.Equal("input 2 must have one value per channel, [4], found [2].", Fault(op, Of("N", 4, 8, 8), Of(4), Of(2)));
            Assert.Equal("the input must be [N, C, spatial…], found [N, 4].", Fault(op, Of("N", 4), Of(4), Of(4)));
            Assert.Equal("input 2 is missing (2 given).", Fault(op, Of("N", 4, 8), Of(4)));
        }

        Assert.Equal("the channels of [N, 4, 8] cannot be divided into 3 groups.", Fault(new GroupNormalization(3), Of("N", 4, 8), Of(4), Of(4)));
        Assert.Equal("the channels of [N, 4, 8] cannot be divided into 0 groups.", Fault(new GroupNormalization(0), Of("N", 4, 8), Of(4), Of(4)));
    }

    [Fact]
    public void A_layer_is_normalised_from_an_axis_on()
    {
        Assert.Equal("[N, 4, 6]", ShapeOf(new LayerNormalization(), Of("N", 4, 6), Of(6), Of(6)));
        Assert.Equal("[N, 4, 6]", ShapeOf(new LayerNormalization(1), Of("N", 4, 6), Of(4, 6)));
        Assert.Equal("[N, 4, 6]", ShapeOf(new LayerNormalization(-2), Of("N", 4, 6), Of(4, 1), Of(6)));
        Assert.Equal("the scale must be broadcastable to [6], found [4, 6].", Fault(new LayerNormalization(), Of("N", 4, 6), Of(4, 6)));
        Assert.Equal("the bias must be broadcastable to [4, 6], found [4].", Fault(new LayerNormalization(1), Of("N", 4, 6), Of(6), Of(4)));
        Assert.Equal("attribute 'axis' is 3; a tensor of rank 3 has axes -3 to 2.", Fault(new LayerNormalization(3), Of("N", 4, 6), Of(6)));
        Assert.Equal("input 1 is missing (1 given).", Fault(new LayerNormalization(), Of("N", 4, 6)));
        Assert.Equal("only the first output is supported.", Assert.Throws<ToolchainException>(() => Outputs(new LayerNormalization(), 2, Of("N", 4), Of(4))).Message["LayerNormalization node 'layer': ".Length..]);
    }

    [Fact]
    public void Local_responses_are_those_of_images()
    {
        Assert.Equal("[N, 4, 8, 8]", ShapeOf(new LRN(5), Of("N", 4, 8, 8)));
        Assert.Equal("attribute 'size' must be at least 1, found 0.", Fault(new LRN(0), Of("N", 4, 8, 8)));
        Assert.Equal("the input must be [N, C, spatial…], found [N, 4].", Fault(new LRN(5), Of("N", 4)));
    }

    [Fact]
    public void A_slope_is_broadcast_to_its_input()
    {
        Assert.Equal("[N, 4, 8, 8]", ShapeOf(new PRelu(), Of("N", 4, 8, 8), Of(4, 1, 1)));
        Assert.Equal("the slope must be broadcastable to [N, 4, 8, 8], found [4].", Fault(new PRelu(), Of("N", 4, 8, 8), Of(4)));
    }

    [Fact]
    public void Reductions_drop_axes_or_keep_ones_and_positions_are_integers()
    {
        foreach (var op in new Reduction[] { new ReduceSum([2, -1]), new ReduceMax([3, 2]), new ReduceMin([-2, -1]), new ReduceL2([2, 3]) })
        {
            Assert.Equal("[N, 4, 1, 1]", ShapeOf(op, Of("N", 4, 8, 8)));
            Assert.Equal("[N, 4]", ShapeOf(op with { KeepDims = false }, Of("N", 4, 8, 8)));
            Assert.Equal("[]", ShapeOf(op with { KeepDims = false, Axes = [] }, Of("N", 4, 8, 8)));
        }

        Assert.Equal("int64 [1, 4]", Output(new ArgMax(), Of("N", 4)).ToString());
        Assert.Equal("int64 [N]", Output(new ArgMax(-1, false), Of("N", 4)).ToString());
        Assert.Equal("axis 1 of [N, 0] has no value to choose.", Fault(new ArgMax(1), Of("N", 0)));
        Assert.Equal("attribute 'axis' is 2; a tensor of rank 2 has axes -2 to 1.", Fault(new ArgMax(2), Of("N", 4)));
    }

    [Fact]
    public void Questions_have_truth_values_and_truth_values_their_own_operators()
    {
        var truth = new TensorType(ElementType.Bool, ["N", 4]);
        Assert.All(new Operator[] { new Equal(), new Greater(), new Less() }, op => Assert.Equal("bool [N, 4]", Output(op, Of("N", 4), Of(4)).ToString()));
        Assert.All(new Operator[] { new And(), new Or() }, op => Assert.Equal("bool [N, 4]", Output(op, truth, truth).ToString()));
        Assert.Equal("bool [N, 4]", Output(new Not(), truth).ToString());
        Assert.Equal("float32 [N, 4]", Output(new Where(), truth, Of(4), Of("N", 1)).ToString());
        Assert.Equal("the inputs must be bool, found float32.", Fault(new And(), Of(4), Of(4)));
        Assert.Equal("the input must be bool, found float32 [4].", Fault(new Not(), Of(4)));
        Assert.Equal("the condition must be bool and both values of one type, found float32 [4], float32 [4] and float32 [4].", Fault(new Where(), Of(4), Of(4), Of(4)));
    }

    [Fact]
    public void Any_number_of_tensors_is_broadcast_together()
    {
        foreach (var op in new Operator[] { new Sum(), new Mean(), new Max(), new Min() })
        {
            Assert.Equal("[N, 4, 8]", ShapeOf(op, Of("N", 1, 8), Of(4, 1), Of()));
            Assert.Equal("[N, 4]", ShapeOf(op, Of("N", 4)));
            Assert.Equal("all inputs must have one element type, found float32 [4] and int64 [4].", Fault(op, Of(4), new TensorType(ElementType.Int64, [4])));
            Assert.Equal("shapes [N, 4] and [3] cannot be broadcast together: 4 against 3.", Fault(op, Of("N", 4), Of(1), Of(3)));
        }

        Assert.Equal("[N, 4]", ShapeOf(new Pow(), Of("N", 4), new TensorType(ElementType.Int64, [])));
    }
}
