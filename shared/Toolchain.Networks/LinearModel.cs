using Toolchain.Graphs;
using static Toolchain.Graphs.Layers;

namespace Toolchain.Networks;

/// <summary>
/// One fully connected layer <c>fc</c> on all values of the input: linear regression where its outputs are the answer, softmax regression where
/// they are a classification's logits (Deep Learning with PyTorch, chapters 5 and 7).
/// </summary>
public sealed class LinearModel : Network
{
    /// <inheritdoc/>
    public override string Name => "linear";

    /// <inheritdoc/>
    public override string Summary => "one fully connected layer: linear regression on numbers, softmax regression on images";

    /// <inheritdoc/>
    public override string Source => "notes: Deep Learning with PyTorch, pages 113, 144 and 175";

    /// <inheritdoc/>
    protected override Value Forward(GraphBuilder net, Value x, NetworkArguments arguments, int outputs)
    {
        x = net.Apply("flatten", Flatten(), x);
        return net.Apply("fc", Linear(outputs), x);
    }
}
