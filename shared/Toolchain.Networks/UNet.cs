using Toolchain.Graphs;
using static Toolchain.Graphs.Layers;

namespace Toolchain.Networks;

/// <summary>
/// U-Net (Ronneberger et al. 2015, arXiv 1505.04597) with padded convolutions and batch normalisation: a class for every pixel. Parameters have the
/// names of the PyTorch form that the notes fine-tune (<c>inc.double_conv.0.weight</c>, <c>outc.conv.weight</c>).
/// </summary>
public sealed class UNet : Network
{
    /// <inheritdoc/>
    public override string Name => "unet";

    /// <inheritdoc/>
    public override string Summary => "U-Net: a class for every pixel, by double convolutions and skip connections across scales";

    /// <inheritdoc/>
    public override string Source => "notes: Fine tuning (unet.module.outc.conv); arXiv 1505.04597";

    /// <inheritdoc/>
    public override IReadOnlyList<ModelTask> Tasks => [ModelTask.Segmentation];

    /// <inheritdoc/>
    public override IReadOnlyList<NetworkOption> Options =>
    [
        new NetworkOption.Number("width", 64, 1, 1024, "channels of the first scale, doubled at each that follows"),
        new NetworkOption.Number("depth", 4, 1, 6, "how often the image is halved"),
        new NetworkOption.Choice("up", ["transposed", "bilinear"], "how it is doubled again: transposed convolutions, or interpolation with half the channels"),
    ];

    /// <inheritdoc/>
    public override ImageSize SmallestInput(NetworkArguments arguments) => new(1, 1 << arguments.Number("depth"), 1 << arguments.Number("depth"));

    /// <inheritdoc/>
    protected override Value Forward(GraphBuilder net, Value x, NetworkArguments arguments, int outputs)
    {
        var (width, depth, bilinear) = (arguments.Number("width"), arguments.Number("depth"), arguments["up"] == "bilinear");
        var scales = new Stack<Value>([net.Apply("inc", DoubleConvolution(width), x)]);
        for (var i = 1; i <= depth; i++)
        {
            // Interpolation keeps the number of channels, so the lowest scale has as many as the one above it.
            var channels = (width << i) / (bilinear && i == depth ? 2 : 1);
            scales.Push(net.Sequential($"down{i}.maxpool_conv", scales.Peek(), MaxPool2d(2), DoubleConvolution(channels)));
        }

        var y = scales.Pop();
        for (var i = 1; i <= depth; i++)
        {
            var channels = (width << (depth - i)) / (bilinear && i < depth ? 2 : 1);
            y = net.Apply($"up{i}", Up(scales.Pop(), channels, bilinear), y);
        }

        return net.Apply("outc.conv", Conv2d(outputs, kernel: 1), y);
    }

    private static Layer Up(Value across, int channels, bool bilinear) => (net, x) =>
    {
        x = net.Apply("up", bilinear ? UpsampleBilinear2d(2, alignCorners: true) : ConvTranspose2d((int)x.Channels / 2, kernel: 2, stride: 2), x);
        x = net.Apply("pad", PadTo(across.Shape), x);
        x = net.Add(new Concat(1), [across, x], "concat");
        return net.Apply("conv", DoubleConvolution(channels, bilinear ? (int)x.Channels / 2 : channels), x);
    };

    private static Layer DoubleConvolution(int channels, int? between = null) => (net, x) => net.Sequential("double_conv", x,
        Conv2d(between ?? channels, kernel: 3, padding: 1, bias: false),
        BatchNorm2d(),
        ReLU(),
        Conv2d(channels, kernel: 3, padding: 1, bias: false),
        BatchNorm2d(),
        ReLU());

    // Halving an odd side drops a pixel, which zeros bring back: one at the end.
    private static Layer PadTo(Shape target) => (net, x) =>
    {
        var (height, width) = (target[2].Value - x.Shape[2].Value, target[3].Value - x.Shape[3].Value);
        return height == 0 && width == 0
            ? x
            : net.Add(new Pad(), [x, net.Constant("pads", TensorData.Of<long>([0, 0, height / 2, width / 2, 0, 0, height - (height / 2), width - (width / 2)]))]);
    };
}
