using Toolchain.Graphs;
using static Toolchain.Graphs.Layers;

namespace Toolchain.Networks;

/// <summary>
/// The notes' <c>CNNNet</c>: a features, avgpool, classifier stack, which is AlexNet in its one-column form (Krizhevsky 2014, arXiv 1404.5997).
/// </summary>
public sealed class CnnNet : Network
{
    /// <inheritdoc/>
    public override string Name => "cnnnet";

    /// <inheritdoc/>
    public override string Summary => "features, avgpool, classifier as in AlexNet, for 64 pixels and more; size=small for 28×28";

    /// <inheritdoc/>
    public override string Source => "notes: Use nn.Sequential() (class CNNNet); arXiv 1404.5997";

    /// <inheritdoc/>
    public override IReadOnlyList<NetworkOption> Options =>
        [new NetworkOption.Choice("size", ["full", "small"], "full: the notes' sizes; small: 3×3 kernels and fewer channels")];

    /// <inheritdoc/>
    public override ImageSize SmallestInput(NetworkArguments arguments) => arguments["size"] == "small" ? new(1, 8, 8) : new(1, 63, 63);

    /// <inheritdoc/>
    protected override Value Forward(GraphBuilder net, Value x, NetworkArguments arguments, int outputs) =>
        arguments["size"] == "small" ? Small(net, x, outputs) : Full(net, x, outputs);

    private static Value Full(GraphBuilder net, Value x, int outputs)
    {
        x = net.Sequential("features", x,
            Conv2d(64, kernel: 11, stride: 4, padding: 2),
            ReLU(),
            MaxPool2d(kernel: 3, stride: 2),
            Conv2d(192, kernel: 5, padding: 2),
            ReLU(),
            MaxPool2d(kernel: 3, stride: 2),
            Conv2d(384, kernel: 3, padding: 1),
            ReLU(),
            Conv2d(256, kernel: 3, padding: 1),
            ReLU(),
            Conv2d(256, kernel: 3, padding: 1),
            ReLU(),
            MaxPool2d(kernel: 3, stride: 2));
        x = net.Apply("avgpool", AdaptiveAvgPool2d(6, 6), x);
        x = net.Apply("flatten", Flatten(), x);
        return net.Sequential("classifier", x,
            Dropout(),
            Linear(4096),
            ReLU(),
            Dropout(),
            Linear(4096),
            ReLU(),
            Linear(outputs));
    }

    private static Value Small(GraphBuilder net, Value x, int outputs)
    {
        x = net.Sequential("features", x,
            Conv2d(32, kernel: 3, padding: 1),
            ReLU(),
            MaxPool2d(kernel: 2),
            Conv2d(64, kernel: 3, padding: 1),
            ReLU(),
            MaxPool2d(kernel: 2),
            Conv2d(96, kernel: 3, padding: 1),
            ReLU(),
            Conv2d(64, kernel: 3, padding: 1),
            ReLU(),
            Conv2d(64, kernel: 3, padding: 1),
            ReLU(),
            MaxPool2d(kernel: 2));
        x = net.Apply("avgpool", AdaptiveAvgPool2d(3, 3), x);
        x = net.Apply("flatten", Flatten(), x);
        return net.Sequential("classifier", x,
            Dropout(),
            Linear(256),
            ReLU(),
            Dropout(),
            Linear(256),
            ReLU(),
            Linear(outputs));
    }
}
