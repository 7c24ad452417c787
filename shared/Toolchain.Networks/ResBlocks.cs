using Toolchain.Graphs;
using static Toolchain.Graphs.Layers;

namespace Toolchain.Networks;

/// <summary>
/// The notes' very deep network: a convolution, N residual blocks (He et al. 2015, arXiv 1512.03385) and two linear layers.
/// The note writes <c>[ResBlock(…)] * n_blocks</c>, which puts one block into the list N times, so that its parameters do not grow with N: that
/// network is <c>shared=true</c>. Independent blocks, which the text around the note means, are the default.
/// </summary>
public sealed class ResBlocks : Network
{
    /// <inheritdoc/>
    public override string Name => "resblocks";

    /// <inheritdoc/>
    public override string Summary => "a convolution, N residual blocks and two linear layers";

    /// <inheritdoc/>
    public override string Source => "notes: Very Deep Models (class Net); arXiv 1512.03385";

    /// <inheritdoc/>
    public override IReadOnlyList<NetworkOption> Options =>
    [
        new NetworkOption.Number("blocks", 10, 1, 1000, "residual blocks"),
        new NetworkOption.Number("width", 32, 1, 4096, "channels"),
        new NetworkOption.Flag("shared", "one set of parameters for all blocks, as the note's list of one object has it"),
    ];

    /// <inheritdoc/>
    public override ImageSize SmallestInput(NetworkArguments arguments) => new(1, 4, 4);

    /// <inheritdoc/>
    protected override Value Forward(GraphBuilder net, Value x, NetworkArguments arguments, int outputs)
    {
        var blocks = arguments.Number("blocks");
        x = net.Apply("conv1", Conv2d(arguments.Number("width"), kernel: 3, padding: 1), x);
        x = net.Apply("relu1", ReLU(), x);
        x = net.Apply("pool1", MaxPool2d(2), x);
        x = arguments.Flag("shared")
            ? net.Apply("resblocks", (inner, value) => inner.Repeat("0", Block, value, blocks), x)
            : net.Sequential("resblocks", x, [.. Enumerable.Repeat<Layer>(Block, blocks)]);
        x = net.Apply("pool2", MaxPool2d(2), x);
        x = net.Apply("flatten", Flatten(), x);
        x = net.Apply("fc1", Linear(32), x);
        x = net.Apply("tanh1", Tanh(), x);
        return net.Apply("fc2", Linear(outputs), x);
    }

    // The note's convolution has a bias, which the batch normalisation behind it cancels; it is left out, as the notes advise (page 222).
    // The normalisation is not marked as the end of a branch: behind a zero scale the rectifier would stop every gradient, for good.
    private static Value Block(GraphBuilder net, Value x)
    {
        var y = net.Apply("conv", Conv2d((int)x.Channels, kernel: 3, padding: 1, bias: false), x);
        y = net.Apply("batch_norm", BatchNorm2d(), y);
        y = net.Apply("relu", ReLU(), y);
        return net.Add(new Add(), [y, x], "add");
    }
}
