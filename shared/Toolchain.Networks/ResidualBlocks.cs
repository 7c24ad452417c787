using Toolchain.Graphs;
using static Toolchain.Graphs.Layers;

namespace Toolchain.Networks;

/// <summary>The blocks of residual networks (He et al. 2015, arXiv 1512.03385, figure 5): convolutions, and a shortcut that is added to what they give.</summary>
internal static class ResidualBlocks
{
    private const int Expansion = 4;

    /// <summary>Two 3×3 convolutions.</summary>
    /// <param name="channels">Channels of both.</param>
    /// <param name="stride">Of the first.</param>
    /// <param name="shortcut">What brings the input to the output's shape where these differ; by default a 1×1 convolution.</param>
    internal static Layer Basic(int channels, int stride, Func<int, int, Layer>? shortcut = null) => (net, x) =>
    {
        var y = net.Apply("conv1", Conv2d(channels, kernel: 3, stride, padding: 1, bias: false), x);
        y = net.Apply("bn1", BatchNorm2d(), y);
        y = net.Apply("relu1", ReLU(), y);
        y = net.Apply("conv2", Conv2d(channels, kernel: 3, padding: 1, bias: false), y);
        y = net.Apply("bn2", BatchNorm2d(endsBranch: true), y);
        return Join(net, y, x, stride, shortcut ?? Projection);
    };

    /// <summary>A 3×3 convolution between two of 1×1, the last of which has four times as many channels.</summary>
    /// <param name="channels">Channels of the first two.</param>
    /// <param name="stride">Of the second.</param>
    internal static Layer Bottleneck(int channels, int stride) => (net, x) =>
    {
        var y = net.Apply("conv1", Conv2d(channels, kernel: 1, bias: false), x);
        y = net.Apply("bn1", BatchNorm2d(), y);
        y = net.Apply("relu1", ReLU(), y);
        y = net.Apply("conv2", Conv2d(channels, kernel: 3, stride, padding: 1, bias: false), y);
        y = net.Apply("bn2", BatchNorm2d(), y);
        y = net.Apply("relu2", ReLU(), y);
        y = net.Apply("conv3", Conv2d(channels * Expansion, kernel: 1, bias: false), y);
        y = net.Apply("bn3", BatchNorm2d(endsBranch: true), y);
        return Join(net, y, x, stride, Projection);
    };

    /// <summary>The paper's option B: a 1×1 convolution, normalised.</summary>
    internal static Layer Projection(int channels, int stride) => Sequential(Conv2d(channels, kernel: 1, stride, bias: false), BatchNorm2d());

    /// <summary>The paper's option A, which has no parameters: every <paramref name="stride"/>-th pixel, and zeros for the channels that are new.</summary>
    internal static Layer ZeroPadding(int channels, int stride) => (net, x) =>
    {
        // The maximum of a window of one pixel is that pixel.
        var picked = net.Apply("pick", MaxPool2d(1, stride), x);
        var added = channels - x.Channels;
        return net.Add(new Pad(), [picked, net.Constant("pads", TensorData.Of<long>([0, added / 2, 0, 0, 0, added - (added / 2), 0, 0]))]);
    };

    private static Value Join(GraphBuilder net, Value y, Value x, int stride, Func<int, int, Layer> shortcut)
    {
        var same = stride == 1 && x.Channels == y.Channels;
        x = same ? x : net.Apply("downsample", shortcut((int)y.Channels, stride), x);
        return net.Apply("relu", ReLU(), net.Add(new Add(), [y, x], "add"));
    }
}
