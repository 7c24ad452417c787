namespace Toolchain.Graphs;

/// <content>Layers that make images larger.</content>
public static partial class Layers
{
    /// <summary>
    /// Transposed 2-D convolution; parameters <c>weight</c> [C, channels/groups, kernel, kernel] and <c>bias</c> [channels]. An image side becomes
    /// stride · (side − 1) + dilation · (kernel − 1) + 1 + outputPadding − 2 · padding.
    /// </summary>
    public static Layer ConvTranspose2d(
        int channels, int kernel, int stride = 1, int padding = 0, int outputPadding = 0, int groups = 1, bool bias = true, int dilation = 1) => (net, x) =>
    {
        if (x.Shape.Rank != 4 || x.Channels % groups != 0 || channels % groups != 0)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"Layer '{net.Path}': a transposed 2-D convolution with {groups} groups needs an input [N, C, H, W] and output channels that they divide, found {x.Shape} and {channels}.");
        }

        // PyTorch counts the fan-in of every weight along its second axis, which holds a transposed convolution's outputs.
        var outputs = channels / groups;
        var first = Initialization.Default((long)outputs * kernel * kernel);
        var weight = net.Parameter("weight", [x.Channels, outputs, kernel, kernel], ParameterKind.Convolution, first);
        var op = new ConvTranspose([kernel, kernel], [stride, stride], [padding, padding, padding, padding], [dilation, dilation], groups, [outputPadding, outputPadding]);
        return bias ? net.Add(op, [x, weight, net.Parameter("bias", [channels], ParameterKind.Bias, first)]) : net.Add(op, [x, weight]);
    };

    /// <summary>Repeats each pixel <paramref name="scale"/> times along both sides, as PyTorch's <c>Upsample(mode="nearest")</c>.</summary>
    public static Layer UpsampleNearest2d(int scale) => Upsample(scale, new(ResizeMode.Nearest, ResizeCoordinates.Asymmetric, ResizeRounding.Floor));

    /// <summary>Interpolates between pixels, as PyTorch's <c>Upsample(mode="bilinear")</c>.</summary>
    /// <param name="scale">Factor of height and width.</param>
    /// <param name="alignCorners">Whether the corner pixels keep their values; otherwise pixels are squares whose centres are interpolated.</param>
    public static Layer UpsampleBilinear2d(int scale, bool alignCorners = false) =>
        Upsample(scale, new(ResizeMode.Linear, alignCorners ? ResizeCoordinates.AlignCorners : ResizeCoordinates.HalfPixel));

    // The roi, input 1, is left out: it is for cropping only.
    private static Layer Upsample(int scale, Resize op) => (net, x) => x.Shape.Rank == 4
        ? net.Add(op, [x, Value.None, net.Constant("scales", TensorData.Of<float>([1, 1, scale, scale]))])
        : throw new ToolchainException(ErrorKind.BadInput, $"Layer '{net.Path}': upsampling needs an input [N, C, H, W], found {x.Shape}.");
}
