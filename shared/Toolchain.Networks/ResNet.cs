using Toolchain.Graphs;
using static Toolchain.Graphs.Layers;

namespace Toolchain.Networks;

/// <summary>
/// Residual networks for ImageNet (He et al. 2015, arXiv 1512.03385, table 1) as torchvision has them, whose weights load by name. The bottleneck's
/// stride is at its 3×3 convolution («ResNet v1.5»).
/// </summary>
public sealed class ResNet : Network
{
    private readonly bool _bottleneck;
    private readonly int[] _blocks;

    private ResNet(int layers, bool bottleneck, params int[] blocks) => (Name, _bottleneck, _blocks) = ($"resnet{layers}", bottleneck, blocks);

    /// <summary>The five depths of the paper: 18, 34, 50, 101 and 152 layers.</summary>
    public static IReadOnlyList<ResNet> Variants { get; } =
    [
        new(18, bottleneck: false, 2, 2, 2, 2),
        new(34, bottleneck: false, 3, 4, 6, 3),
        new(50, bottleneck: true, 3, 4, 6, 3),
        new(101, bottleneck: true, 3, 4, 23, 3),
        new(152, bottleneck: true, 3, 8, 36, 3),
    ];

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override string Summary => $"residual network of {Name["resnet".Length..]} layers, {(_bottleneck ? "bottleneck" : "basic")} blocks, torchvision's form";

    /// <inheritdoc/>
    public override string Source => $"notes: Deep Learning with PyTorch, page 224, and Ensemble Neural Networks; arXiv 1512.03385; torchvision.models.{Name}";

    /// <inheritdoc/>
    public override IReadOnlyList<NetworkOption> Options => [new NetworkOption.Number("width", 64, 1, 1024, "channels of the first stage, doubled in each of the three that follow")];

    /// <summary>torchvision's: Kaiming normal by fan-out for convolutions.</summary>
    protected override InitializationPolicy First { get; } = new() { Convolutions = InitializationRule.Of("kaiming-normal-fan-out") };

    /// <inheritdoc/>
    protected override Value Forward(GraphBuilder net, Value x, NetworkArguments arguments, int outputs)
    {
        var width = arguments.Number("width");
        x = net.Apply("conv1", Conv2d(width, kernel: 7, stride: 2, padding: 3, bias: false), x);
        x = net.Apply("bn1", BatchNorm2d(), x);
        x = net.Apply("relu", ReLU(), x);
        x = net.Apply("maxpool", MaxPool2d(3, stride: 2, padding: 1), x);
        for (var stage = 0; stage < 4; stage++)
        {
            var (channels, stride) = (width << stage, stage == 0 ? 1 : 2);
            x = net.Sequential($"layer{stage + 1}", x, [.. Enumerable.Range(0, _blocks[stage]).Select(i => _bottleneck
                ? ResidualBlocks.Bottleneck(channels, i == 0 ? stride : 1)
                : ResidualBlocks.Basic(channels, i == 0 ? stride : 1))]);
        }

        x = net.Apply("avgpool", AdaptiveAvgPool2d(1, 1), x);
        x = net.Apply("flatten", Flatten(), x);
        return net.Apply("fc", Linear(outputs), x);
    }
}
