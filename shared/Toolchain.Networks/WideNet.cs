using Toolchain.Graphs;
using static Toolchain.Graphs.Layers;

namespace Toolchain.Networks;

/// <summary>Two convolutions whose number of channels is the experiment (Deep Learning with PyTorch, page 218: adding width to the network).</summary>
public sealed class WideNet : Network
{
    /// <inheritdoc/>
    public override string Name => "widenet";

    /// <inheritdoc/>
    public override string Summary => "two convolutions and two linear layers with tanh; width is the experiment";

    /// <inheritdoc/>
    public override string Source => "notes: Deep Learning with PyTorch, page 218, adding width to the network";

    /// <inheritdoc/>
    public override IReadOnlyList<NetworkOption> Options => [new NetworkOption.Number("width", 32, 2, 4096, "channels of the first convolution; the second has half of them")];

    /// <inheritdoc/>
    public override ImageSize SmallestInput(NetworkArguments arguments) => new(1, 4, 4);

    /// <inheritdoc/>
    protected override Value Forward(GraphBuilder net, Value x, NetworkArguments arguments, int outputs)
    {
        var channels = arguments.Number("width");
        x = net.Apply("conv1", Conv2d(channels, kernel: 3, padding: 1), x);
        x = net.Apply("tanh1", Tanh(), x);
        x = net.Apply("pool1", MaxPool2d(2), x);
        x = net.Apply("conv2", Conv2d(channels / 2, kernel: 3, padding: 1), x);
        x = net.Apply("tanh2", Tanh(), x);
        x = net.Apply("pool2", MaxPool2d(2), x);
        x = net.Apply("flatten", Flatten(), x);
        x = net.Apply("fc1", Linear(32), x);
        x = net.Apply("tanh3", Tanh(), x);
        return net.Apply("fc2", Linear(outputs), x);
    }
}
