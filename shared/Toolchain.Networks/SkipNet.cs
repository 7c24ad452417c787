using Toolchain.Graphs;
using static Toolchain.Graphs.Layers;

namespace Toolchain.Networks;

/// <summary>
/// The notes' three convolutions with a skip connection from the first to the third. The note pools behind each of them, but then the two terms of
/// <c>out + out1</c> differ in size, and its <c>fc1</c> of 8·8·n/2 inputs on 32×32 images agrees with two poolings only: the second convolution is not pooled.
/// </summary>
public sealed class SkipNet : Network
{
    /// <inheritdoc/>
    public override string Name => "skipnet";

    /// <inheritdoc/>
    public override string Summary => "three convolutions with a skip connection and two linear layers";

    /// <inheritdoc/>
    public override string Source => "notes: Skip Connections";

    /// <inheritdoc/>
    public override IReadOnlyList<NetworkOption> Options => [new NetworkOption.Number("width", 32, 2, 4096, "channels of the first two convolutions; the third has half of them")];

    /// <inheritdoc/>
    public override ImageSize SmallestInput(NetworkArguments arguments) => new(1, 4, 4);

    /// <inheritdoc/>
    protected override Value Forward(GraphBuilder net, Value x, NetworkArguments arguments, int outputs)
    {
        var channels = arguments.Number("width");
        x = net.Apply("conv1", Conv2d(channels, kernel: 3, padding: 1), x);
        x = net.Apply("relu1", ReLU(), x);
        var out1 = x = net.Apply("pool1", MaxPool2d(2), x);
        x = net.Apply("conv2", Conv2d(channels, kernel: 3, padding: 1), x);
        x = net.Apply("relu2", ReLU(), x);
        x = net.Add(new Add(), [x, out1], "skip");
        x = net.Apply("conv3", Conv2d(channels / 2, kernel: 3, padding: 1), x);
        x = net.Apply("relu3", ReLU(), x);
        x = net.Apply("pool3", MaxPool2d(2), x);
        x = net.Apply("flatten", Flatten(), x);
        x = net.Apply("fc1", Linear(32), x);
        x = net.Apply("tanh1", Tanh(), x);
        return net.Apply("fc2", Linear(outputs), x);
    }
}
