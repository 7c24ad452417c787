using static Toolchain.Graphs.Tests.Operators.Inference;

namespace Toolchain.Graphs.Tests.Operators;

public sealed class ElementwiseTests
{
    [Fact]
    public void Shapes_are_broadcast_as_in_numpy()
    {
        Assert.Equal("[N, 4, 8, 8]", ShapeOf(new Add(), Of("N", 4, 8, 8), Of(4, 1, 1)));
        Assert.Equal("[N, 4]", ShapeOf(new Sub(), Of(1, 4), Of("N", 1)));
        Assert.Equal("[N, 4]", ShapeOf(new Mul(), Of("N", 4), Of("N", 4)));
        Assert.Equal("[N, 4]", ShapeOf(new Div(), Of("N", 4), Of()));
        Assert.Equal("[3, 4]", ShapeOf(new Add(), Of("N", 4), Of(3, 4)));
        Assert.Equal("[?, 4]", ShapeOf(new Add(), Of("N", 4), Of("M", 4)));
        Assert.Equal("unknown", ShapeOf(new Add(), Of("N", 4), new TensorType(ElementType.Float32, null)));
    }

    [Fact]
    public void Shapes_that_cannot_be_broadcast_and_types_that_differ_are_refused()
    {
        Assert.Equal("shapes [N, 4, 8] and [4, 7] cannot be broadcast together: 8 against 7.", Fault(new Add(), Of("N", 4, 8), Of(4, 7)));
        Assert.Equal("both inputs must have one element type, found float32 [N, 4] and int64 [4].", Fault(new Mul(), Of("N", 4), new TensorType(ElementType.Int64, [4])));
    }

    [Theory]
    [InlineData(-5)]
    [InlineData(4)]
    public void An_axis_outside_the_tensor_names_those_inside(long axis)
    {
        var expected = $"attribute 'axis' is {axis}; a tensor of rank 4 has axes -4 to 3.";
        Assert.Equal(expected, Fault(new Softmax(axis), Of("N", 4, 8, 8)));
        Assert.Equal(expected, Fault(new LogSoftmax(axis), Of("N", 4, 8, 8)));
        Assert.Equal(expected, Fault(new ReduceMean([axis]), Of("N", 4, 8, 8)));
        Assert.Equal(expected, Fault(new Concat(axis), Of("N", 4, 8, 8), Of("N", 4, 8, 8)));
    }

    [Fact]
    public void A_mean_over_axes_drops_them_or_keeps_ones()
    {
        Assert.Equal("[N, 4, 1, 1]", ShapeOf(new ReduceMean([2, -1]), Of("N", 4, 8, 8)));
        Assert.Equal("[N, 4]", ShapeOf(new ReduceMean([2, 3], KeepDims: false), Of("N", 4, 8, 8)));
        Assert.Equal("[1, 1]", ShapeOf(new ReduceMean(), Of("N", 4)));
        Assert.Equal("[]", ShapeOf(new ReduceMean(KeepDims: false), Of("N", 4)));
    }

    [Fact]
    public void Batch_normalisation_takes_one_value_per_channel()
    {
        var channel = Of(4);
        Assert.Equal("float32 [N, 4, 8, 8]", Output(new BatchNormalization(), Of("N", 4, 8, 8), channel, channel, channel, channel).ToString());
        Assert.Equal("input 3 must have one value per channel, [4], found [5].", Fault(new BatchNormalization(), Of("N", 4, 8, 8), channel, channel, Of(5), channel));
        Assert.Equal("input 4 is missing (4 given).", Fault(new BatchNormalization(), Of("N", 4, 8, 8), channel, channel, channel));
    }

    [Fact]
    public void Dropout_takes_a_constant_ratio_below_one()
    {
        Assert.Equal("[N, 4]", ShapeOf(new Dropout(), Of("N", 4), TensorData.Scalar(0.3f)));
        Assert.Equal("the ratio must be at least 0 and below 1, found 1.", Fault(new Dropout(), Of("N", 4), TensorData.Scalar(1f)));
        Assert.Equal("the ratio must be at least 0 and below 1, found NaN.", Fault(new Dropout(), Of("N", 4), TensorData.Scalar(float.NaN)));
        Assert.Equal("input 1 (ratio) must be a constant, found the computed value 'in1'.", Fault(new Dropout(), Of("N", 4), Of()));
        Assert.Equal("training_mode is true; a model holds the inference form.", Fault(new Dropout(), Of("N", 4), TensorData.Scalar(0.3f), TensorData.Scalar(true)));
    }

    [Fact]
    public void A_cast_changes_the_type_and_nothing_else() =>
        Assert.Equal("int64 [N, 4]", Output(new Cast(ElementType.Int64), Of("N", 4)).ToString());

    [Fact]
    public void Operators_on_single_values_keep_the_type()
    {
        foreach (var op in new Operator[] { new Relu(), new LeakyRelu(0.2f), new Sigmoid(), new Tanh(), new Clip(), new Identity(), new Softmax(1), new LogSoftmax(-1) })
        {
            Assert.Equal("float32 [N, 4, ?]", Output(op, Of("N", 4, Dimension.Unknown)).ToString());
        }
    }
}
