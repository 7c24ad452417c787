using Toolchain.Graphs;
using Toolchain.Networks;
using static Toolchain.Graphs.Layers;

namespace MyNetworks;

/// <summary>Two stages of a convolution, a batch normalisation and a rectifier each, with a skip connection around the second.</summary>
public sealed class TwoStage : Network
{
    public override string Name => "two-stage";

    public override string Summary => "two stages of convolutions with a skip connection";

    public override string Source => "our own";

    public override IReadOnlyList<NetworkOption> Options => [new NetworkOption.Number("width", 16, 1, 1024, "channels")];

    protected override Value Forward(GraphBuilder net, Value x, NetworkArguments arguments, int classes)
    {
        x = net.Apply("stage1", Stage(arguments.Number("width"), stride: 2), x);
        var y = net.Apply("stage2", Stage(arguments.Number("width")), x);
        x = net.Add(new Add(), [y, x], "add");
        x = net.Apply("avgpool", AdaptiveAvgPool2d(1, 1), x);
        x = net.Apply("flatten", Flatten(), x);
        return net.Apply("fc", Linear(classes), x);
    }

    private static Layer Stage(int width, int stride = 1) => Sequential(
        ("conv", Conv2d(width, kernel: 3, stride: stride, padding: 1, bias: false)),
        ("bn", BatchNorm2d()),
        ("relu", ReLU()));
}
