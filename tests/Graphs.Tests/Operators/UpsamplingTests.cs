using static Toolchain.Graphs.Tests.Operators.Inference;

namespace Toolchain.Graphs.Tests.Operators;

/// <summary>Output sizes of transposed convolution and resizing; the numbers are those of ONNX's formulas, worked out by hand.</summary>
public sealed class UpsamplingTests
{
    [Theory]
    // kernel, stride, padding, output padding, dilation → s·(7 − 1) + op + d·(k − 1) + 1 − 2p
    [InlineData(1, 1, 0, 0, 1, 7)]
    [InlineData(2, 2, 0, 0, 1, 14)]
    [InlineData(3, 2, 1, 1, 1, 14)]
    [InlineData(3, 2, 1, 0, 1, 13)]
    [InlineData(4, 2, 1, 0, 1, 14)]
    [InlineData(3, 3, 0, 2, 2, 25)]
    public void A_transposed_convolution_has_the_size_of_the_formula(int kernel, int stride, int padding, int added, int dilation, long expected)
    {
        var op = new ConvTranspose([kernel, kernel], [stride, stride], [padding, padding, padding, padding], [dilation, dilation], 1, [added, added]);
        Assert.Equal($"[N, 5, {expected}, {expected}]", ShapeOf(op, Of("N", 4, 7, 7), Of(4, 5, kernel, kernel), Of(5)));
    }

    [Fact]
    public void Groups_multiply_the_second_axis_of_the_weight() =>
        Assert.Equal("[N, 6, 3, ?]", ShapeOf(new ConvTranspose(Group: 2), Of("N", 4, 2, "W"), Of(4, 3, 2, 2)));

    [Fact]
    public void A_transposed_convolution_says_what_does_not_fit()
    {
        var image = Of("N", 4, 7, 7);
        Assert.Equal("the weight expects 3 input channels, found 4 in [N, 4, 7, 7].", Fault(new ConvTranspose(), image, Of(3, 5, 2, 2)));
        Assert.Equal("4 input channels cannot be split into 3 groups.", Fault(new ConvTranspose(Group: 3), image, Of(4, 5, 2, 2)));
        Assert.Equal("the bias must be [10], found [5].", Fault(new ConvTranspose(Group: 2), image, Of(4, 5, 2, 2), Of(5)));
        Assert.Equal("attribute 'kernel_shape' is [3, 3], but the weight has [2, 2].", Fault(new ConvTranspose([3, 3]), image, Of(4, 5, 2, 2)));
        Assert.Equal("the output padding [2, 0] must be less than the strides [2, 2] or the dilations [1, 1].", Fault(new ConvTranspose(Strides: [2, 2], OutputPadding: [2, 0]), image, Of(4, 5, 2, 2)));
        Assert.Equal("attribute 'output_padding' must have 2 items, found [1].", Fault(new ConvTranspose(Strides: [2, 2], OutputPadding: [1]), image, Of(4, 5, 2, 2)));
        Assert.Equal("pads 1+1 leave nothing of 2 pixels; use less padding or a larger image.", Fault(new ConvTranspose(Pads: [1, 1, 1, 1]), Of("N", 4, 1, 1), Of(4, 5, 2, 2)));
    }

    [Fact]
    public void Every_input_of_a_transposed_convolution_meets_every_weight_of_its_channel()
    {
        var node = new Node("up", new ConvTranspose(Strides: [2, 2]), ["x", "w"], ["y"]);
        var context = new NodeContext(node, [Of(1, 4, 7, 7), Of(4, 5, 2, 2)], static _ => null);
        Assert.Equal(4 * 7 * 7 * 5 * 2 * 2, node.Op.MultiplyAdds(context, node.Op.Infer(context)[0].Shape!));
    }

    [Fact]
    public void Resizing_multiplies_by_scales_rounded_down_or_takes_sizes()
    {
        Assert.Equal("[N, 4, 14, 10]", ShapeOf(new Resize(), Of("N", 4, 7, 7), null, Scales(1, 1, 2, 1.5f)));
        Assert.Equal("[?, 4]", ShapeOf(new Resize(), Of("N", 4), null, Scales(2, 1)));
        Assert.Equal("[2, 4, 3, 9]", ShapeOf(new Resize(), Of("N", 4, 7, 7), null, null, Longs(2, 4, 3, 9)));
        Assert.Equal("[2, 4, 3, 9]", ShapeOf(new Resize(), Of("N", 4, 7, 7), Scales(), Scales(), Longs(2, 4, 3, 9)));
        Assert.Equal("[?, ?]", ShapeOf(new Resize(), Of("N", 4), null, null, new TensorType(ElementType.Int64, Shape.Of([2]))));
    }

    [Fact]
    public void Resizing_says_what_does_not_fit()
    {
        Assert.Equal("either input 2 (scales) or input 3 (sizes) must be given, found neither.", Fault(new Resize(), Of("N", 4)));
        Assert.Equal("either input 2 (scales) or input 3 (sizes) must be given, found both.", Fault(new Resize(), Of("N", 4), null, Scales(1, 2), Longs(2, 8)));
        Assert.Equal("scales must have 2 items for [N, 4], found [2].", Fault(new Resize(), Of("N", 4), null, Scales(2)));
        Assert.Equal("sizes must be greater than 0, found [0, 4].", Fault(new Resize(), Of("N", 4), null, null, Longs(0, 4)));
        Assert.Equal("the scale 0.1 leaves nothing of 4 pixels.", Fault(new Resize(), Of("N", 4), null, Scales(1, 0.1f)));
    }

    [Theory]
    [InlineData(ResizeMode.Nearest, 0)]
    [InlineData(ResizeMode.Linear, 4 * 14 * 14 * 4)]
    public void Linear_interpolation_weighs_four_pixels(ResizeMode mode, long expected)
    {
        var node = new Node("up", new Resize(mode), ["x", "", "s"], ["y"]);
        var context = new NodeContext(node, [Of(1, 4, 7, 7), null, Scales(1, 1, 2, 2).TensorType], static _ => Scales(1, 1, 2, 2));
        Assert.Equal(expected, node.Op.MultiplyAdds(context, node.Op.Infer(context)[0].Shape!));
    }

    private static TensorData Scales(params float[] values) => TensorData.Of<float>(values, values.Length);
}
