using Toolchain.Graphs;
using static Toolchain.Graphs.Layers;

namespace Toolchain.Networks;

/// <summary>Two fully connected layers with named parts: the notes' <c>nn.Sequential(OrderedDict)</c> of 784, 256 and 10 units.</summary>
public sealed class Mlp : Network
{
    /// <inheritdoc/>
    public override string Name => "mlp";

    /// <inheritdoc/>
    public override string Summary => "two fully connected layers (784-256-10 on 28×28 images and 10 classes)";

    /// <inheritdoc/>
    public override string Source => "notes: Task 03, Model definition";

    /// <inheritdoc/>
    public override IReadOnlyList<NetworkOption> Options =>
    [
        new NetworkOption.Number("hidden", 256, 1, 65536, "units of the hidden layer"),
        new NetworkOption.Flag("log_softmax", "end in LogSoftmax, as loss nll takes it (Deep Learning with PyTorch, page 180)"),
    ];

    /// <inheritdoc/>
    protected override Value Forward(GraphBuilder net, Value x, NetworkArguments arguments, int outputs)
    {
        x = net.Apply("flatten", Flatten(), x);
        x = net.Apply("fc1", Linear(arguments.Number("hidden")), x);
        x = net.Apply("relu1", ReLU(), x);
        x = net.Apply("fc2", Linear(outputs), x);
        return arguments.Flag("log_softmax") ? net.Apply("log_softmax", LogSoftmax(), x) : x;
    }
}
