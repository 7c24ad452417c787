using Toolchain.Graphs;
using static Toolchain.Graphs.Layers;

namespace Toolchain.Networks;

/// <summary>
/// A small network of inception blocks for small images: convolutions of different sizes side by side, for features of different sizes, whose
/// outputs are concatenated (Szegedy et al. 2014, arXiv 1409.4842, figure 2b, with batch normalisation).
/// </summary>
public sealed class InceptionNet : Network
{
    /// <inheritdoc/>
    public override string Name => "inception";

    /// <inheritdoc/>
    public override string Summary => "three inception blocks of 1×1, 3×3 and 5×5 convolutions and pooling, for small images";

    /// <inheritdoc/>
    public override string Source => "notes: Inception/GoogLeNet; arXiv 1409.4842";

    /// <inheritdoc/>
    public override IReadOnlyList<NetworkOption> Options => [new NetworkOption.Number("width", 16, 1, 1024, "channels of each of a block's four branches, doubled after each pooling")];

    /// <inheritdoc/>
    public override ImageSize SmallestInput(NetworkArguments arguments) => new(1, 4, 4);

    /// <inheritdoc/>
    protected override Value Forward(GraphBuilder net, Value x, NetworkArguments arguments, int outputs)
    {
        var width = arguments.Number("width");
        x = net.Apply("stem", Convolution(2 * width, kernel: 3), x);
        x = net.Apply("inception1", Block(width), x);
        x = net.Apply("pool1", MaxPool2d(2), x);
        x = net.Apply("inception2", Block(2 * width), x);
        x = net.Apply("pool2", MaxPool2d(2), x);
        x = net.Apply("inception3", Block(4 * width), x);
        x = net.Apply("avgpool", AdaptiveAvgPool2d(1, 1), x);
        x = net.Apply("flatten", Flatten(), x);
        return net.Apply("fc", Linear(outputs), x);
    }

    private static Layer Block(int width) => (net, x) =>
    {
        // The 1×1 convolutions in front of the larger ones keep these cheap.
        var branches = new ModuleDict(
            "branches",
            ("conv1x1", Convolution(width, kernel: 1)),
            ("conv3x3", Sequential(Convolution(width, kernel: 1), Convolution(width, kernel: 3))),
            ("conv5x5", Sequential(Convolution(width, kernel: 1), Convolution(width, kernel: 5))),
            ("pool", Sequential(MaxPool2d(3, stride: 1, padding: 1), Convolution(width, kernel: 1))));
        return net.Add(new Concat(1), [.. branches.Keys.Select(key => branches[key](net, x))], "concat");
    };

    private static Layer Convolution(int channels, int kernel) => Sequential(
        ("conv", Conv2d(channels, kernel, padding: kernel / 2, bias: false)),
        ("bn", BatchNorm2d()),
        ("relu", ReLU()));
}
