using Toolchain.Graphs;
using static Toolchain.Graphs.Layers;

namespace Toolchain.Networks;

/// <summary>
/// The residual networks for small images (He et al. 2015, arXiv 1512.03385, section 4.2): a 3×3 convolution, then three stages of <c>blocks</c>
/// basic blocks, 6 · blocks + 2 layers in all. Shortcuts have no parameters (the paper's option A), so that 20 layers on CIFAR-10 have 0.27 million.
/// </summary>
public sealed class CifarResNet : Network
{
    /// <inheritdoc/>
    public override string Name => "resnet20";

    /// <inheritdoc/>
    public override string Summary => "residual network for small images of 6·blocks + 2 layers: blocks 3, 5, 7, 9 for 20, 32, 44, 56";

    /// <inheritdoc/>
    public override string Source => "notes: Deep Learning with PyTorch, pages 224 and 227; arXiv 1512.03385, section 4.2";

    /// <inheritdoc/>
    public override IReadOnlyList<NetworkOption> Options =>
    [
        new NetworkOption.Number("blocks", 3, 1, 200, "blocks of each of the three stages"),
        new NetworkOption.Number("width", 16, 1, 1024, "channels of the first stage, doubled in each of the two that follow"),
        new NetworkOption.Choice("shortcut", ["zero-padding", "projection"], "where a stage begins: zeros for the new channels (option A) or a 1×1 convolution (option B)"),
    ];

    /// <summary>The paper's: Kaiming normal for convolutions.</summary>
    protected override InitializationPolicy First { get; } = new() { Convolutions = InitializationRule.Of("kaiming-normal") };

    /// <inheritdoc/>
    protected override Value Forward(GraphBuilder net, Value x, NetworkArguments arguments, int outputs)
    {
        var (blocks, width) = (arguments.Number("blocks"), arguments.Number("width"));
        Func<int, int, Layer> shortcut = arguments["shortcut"] == "projection" ? ResidualBlocks.Projection : ResidualBlocks.ZeroPadding;
        x = net.Apply("conv1", Conv2d(width, kernel: 3, padding: 1, bias: false), x);
        x = net.Apply("bn1", BatchNorm2d(), x);
        x = net.Apply("relu", ReLU(), x);
        for (var stage = 0; stage < 3; stage++)
        {
            var (channels, stride) = (width << stage, stage == 0 ? 1 : 2);
            x = net.Sequential($"layer{stage + 1}", x, [.. Enumerable.Range(0, blocks).Select(i => ResidualBlocks.Basic(channels, i == 0 ? stride : 1, shortcut))]);
        }

        x = net.Apply("avgpool", AdaptiveAvgPool2d(1, 1), x);
        x = net.Apply("flatten", Flatten(), x);
        return net.Apply("fc", Linear(outputs), x);
    }
}
