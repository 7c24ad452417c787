using static Toolchain.Graphs.Tests.Operators.Inference;

namespace Toolchain.Graphs.Tests.Operators;

/// <summary>Output sizes of convolution and pooling; the numbers are those of ONNX's formulas, worked out by hand.</summary>
public sealed class WindowTests
{
    [Theory]
    // kernel, stride, padding, dilation → ⌊(15 + 2p − d·(k − 1) − 1) / s⌋ + 1
    [InlineData(1, 1, 0, 1, 15)]
    [InlineData(3, 1, 0, 1, 13)]
    [InlineData(3, 1, 1, 1, 15)]
    [InlineData(3, 2, 1, 1, 8)]
    [InlineData(2, 2, 0, 1, 7)]
    [InlineData(3, 1, 2, 2, 15)]
    [InlineData(5, 3, 0, 3, 1)]
    [InlineData(15, 1, 0, 1, 1)]
    public void A_convolution_has_the_size_of_the_formula(int kernel, int stride, int padding, int dilation, long expected)
    {
        var op = new Conv([kernel, kernel], [stride, stride], [padding, padding, padding, padding], [dilation, dilation]);
        Assert.Equal($"[N, 8, {expected}, {expected}]", ShapeOf(op, Of("N", 4, 15, 15), Of(8, 4, kernel, kernel)));
    }

    [Fact]
    public void Each_side_may_be_padded_by_its_own() =>
        Assert.Equal("[N, 8, 8, 10]", ShapeOf(new Conv(Pads: [0, 1, 2, 3]), Of("N", 4, 8, 8), Of(8, 4, 3, 3)));

    [Fact]
    public void The_kernel_is_taken_from_the_weight_and_has_one_or_three_dimensions_too()
    {
        Assert.Equal("[N, 8, 6]", ShapeOf(new Conv(), Of("N", 4, 8), Of(8, 4, 3)));
        Assert.Equal("[N, 8, 6, 5, 4]", ShapeOf(new Conv(), Of("N", 4, 8, 8, 8), Of(8, 4, 3, 4, 5)));
    }

    [Theory]
    [InlineData(AutoPad.SameUpper, 1, "[N, 8, 7, 7]")]
    [InlineData(AutoPad.SameUpper, 2, "[N, 8, 4, 4]")]
    [InlineData(AutoPad.SameLower, 3, "[N, 8, 3, 3]")]
    [InlineData(AutoPad.Valid, 2, "[N, 8, 2, 2]")]
    public void Automatic_padding_gives_the_input_divided_by_the_stride(AutoPad autoPad, int stride, string expected) =>
        Assert.Equal(expected, ShapeOf(new Conv(Strides: [stride, stride], AutoPad: autoPad), Of("N", 4, 7, 7), Of(8, 4, 4, 4)));

    [Theory]
    [InlineData(AutoPad.SameUpper, "[1, 1] [2, 2]")]
    [InlineData(AutoPad.SameLower, "[2, 2] [1, 1]")]
    [InlineData(AutoPad.Valid, "[0, 0] [0, 0]")]
    public void The_odd_pixel_of_automatic_padding_is_at_the_end_that_is_named(AutoPad autoPad, string expected)
    {
        var window = Window.Resolve(Context(), [1, 1, 8, 8], [4, 4], [], [], [], autoPad);
        Assert.Equal(expected, $"{window.Begin} {window.End}");
        Assert.Equal(autoPad == AutoPad.Valid, window.IsSymmetric);
    }

    [Fact]
    public void Automatic_padding_counts_the_dilation()
    {
        var window = Window.Resolve(Context(), [1, 1, 8, 8], [3, 3], [], [2, 2], [], AutoPad.SameUpper);
        Assert.Equal(("[2, 2]", "[2, 2]"), (window.Begin.ToString(), window.End.ToString()));
    }

    [Theory]
    // 3 pixels by 2: 7 → 3 or 4; the window at 6 begins inside. 2 by 2 with padding 1: at 8 it would begin in the end padding and is left out.
    [InlineData(7, 2, 2, 0, false, 3)]
    [InlineData(7, 2, 2, 0, true, 4)]
    [InlineData(8, 2, 2, 0, true, 4)]
    [InlineData(7, 2, 2, 1, true, 4)]
    [InlineData(8, 2, 2, 1, true, 5)]
    [InlineData(7, 3, 3, 1, true, 3)]
    [InlineData(5, 1, 3, 0, true, 2)]
    [InlineData(2, 3, 2, 0, true, 1)]
    public void Rounding_up_keeps_only_windows_that_begin_inside(int size, int kernel, int stride, int padding, bool ceil, long expected)
    {
        EquatableArray<long> kernels = [kernel, kernel], strides = [stride, stride], pads = [padding, padding, padding, padding];
        Assert.Equal($"[N, 4, {expected}, {expected}]", ShapeOf(new MaxPool(kernels, strides, pads, CeilMode: ceil), Of("N", 4, size, size)));
        Assert.Equal($"[N, 4, {expected}, {expected}]", ShapeOf(new AveragePool(kernels, strides, pads, ceil), Of("N", 4, size, size)));
    }

    [Fact]
    public void Rounding_up_needs_more_than_the_window_less_a_stride() => Assert.Equal(
        "a window of 3 pixels does not fit into an input of 1 pixels with padding 0+0; use a larger image, more padding or a smaller kernel.",
        Fault(new MaxPool([3, 3], [2, 2], CeilMode: true), Of("N", 4, 1, 1)));

    [Fact]
    public void Max_pooling_may_be_dilated() =>
        Assert.Equal("[N, 4, 4, 4]", ShapeOf(new MaxPool([3, 3], Dilations: [2, 2]), Of("N", 4, 8, 8)));

    [Fact]
    public void Global_pooling_leaves_one_pixel_of_any_number_of_axes()
    {
        Assert.Equal("[N, 4, 1, 1]", ShapeOf(new GlobalAveragePool(), Of("N", 4, "H", "W")));
        Assert.Equal("[N, 4, 1]", ShapeOf(new GlobalAveragePool(), Of("N", 4, 9)));
        Assert.Equal("the input must be [N, C, spatial…], found [N, 4].", Fault(new GlobalAveragePool(), Of("N", 4)));
    }

    [Fact]
    public void An_image_size_that_is_not_known_stays_unknown() =>
        Assert.Equal("[N, 8, ?, 6]", ShapeOf(new Conv(), Of("N", 4, "H", 8), Of(8, 4, 3, 3)));

    [Fact]
    public void Groups_divide_the_channels() =>
        Assert.Equal("[N, 8, 6, 6]", ShapeOf(new Conv(Group: 4), Of("N", 4, 8, 8), Of(8, 1, 3, 3)));

    [Fact]
    public void What_does_not_fit_is_said_with_expected_and_found()
    {
        var image = Of("N", 4, 8, 8);
        Assert.Equal("the weight expects 3 input channels, found 4 in [N, 4, 8, 8].", Fault(new Conv(), image, Of(8, 3, 3, 3)));
        Assert.Equal("8 output channels cannot be split into 3 groups.", Fault(new Conv(Group: 3), image, Of(8, 4, 3, 3)));
        Assert.Equal("the bias must be [8], found [4].", Fault(new Conv(), image, Of(8, 4, 3, 3), Of(4)));
        Assert.Equal("attribute 'kernel_shape' is [5, 5], but the weight has [3, 3].", Fault(new Conv([5, 5]), image, Of(8, 4, 3, 3)));
        Assert.Equal("the weight must be [M, C/group, kernel…] with known sizes, found [8, 4].", Fault(new Conv(), image, Of(8, 4)));
        Assert.Equal("a kernel of 2 dimensions needs an input of rank 4 [N, C, …], found [N, 4].", Fault(new Conv(), Of("N", 4), Of(8, 4, 3, 3)));
        Assert.Equal("input 1 is missing (1 given).", Fault(new Conv(), image));
        Assert.Equal("attribute 'strides' must have 2 items, found [1].", Fault(new MaxPool([2, 2], [1]), image));
        Assert.Equal("attribute 'pads' must have 4 items, found [1, 1].", Fault(new AveragePool([2, 2], [], [1, 1]), image));
        Assert.Equal("kernel [2, 2], strides [0, 1] and dilations [1, 1] must be at least 1 and pads [0, 0, 0, 0] at least 0.", Fault(new MaxPool([2, 2], [0, 1]), image));
        Assert.Equal(
            "a window of 11 pixels does not fit into an input of 8 pixels with padding 1+1; use a larger image, more padding or a smaller kernel.",
            Fault(new MaxPool([11, 11], [], [1, 1, 1, 1]), image));
        Assert.Equal("auto_pad SameUpper needs a fixed image size, found [N, 4, H, 8].", Fault(new MaxPool([2, 2], AutoPad: AutoPad.SameUpper), Of("N", 4, "H", 8)));
    }

    private static NodeContext Context() => new(new Node("layer", new Relu(), [], []), [], static _ => null);
}
