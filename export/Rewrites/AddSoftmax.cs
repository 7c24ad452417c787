using Toolchain.Graphs;
using Toolchain.Runtime;

namespace Toolchain.Export.Rewrites;

/// <summary>
/// Adds the output <c>probabilities</c> behind <c>logits</c>: their softmax over the classes, dimension 1. A single logit z tells two classes apart, and they
/// are the softmax of 0 and z; a graph that ends in a softmax itself has its probabilities already, and they get a second name; where it ends in the logarithm
/// of a softmax, both are made of the same numbers.
/// </summary>
internal sealed record AddSoftmax : Rewrite
{
    private const long Classes = 1;

    /// <inheritdoc/>
    public override string Name => "add-softmax";

    /// <inheritdoc/>
    public override RewriteResult Apply(Graph graph)
    {
        if (graph.Outputs.Any(static o => o.Name == ModelTensors.Probabilities))
        {
            return Changed(graph);
        }

        var logits = graph.Outputs.FirstOrDefault(static o => o.Name == ModelTensors.Logits) ?? throw new ToolchainException(
            ErrorKind.BadInput,
            $"Graph '{graph.Name}' has no output '{ModelTensors.Logits}' to make probabilities of; it has {string.Join(", ", graph.Outputs.Select(static o => $"'{o.Name}'"))}.");
        if (logits.Type.Shape is { } shape && shape.Rank is not (2 or 4))
        {
            throw new ToolchainException(ErrorKind.BadInput, $"Output '{ModelTensors.Logits}' of graph '{graph.Name}' must be [N, classes] or [N, classes, H, W], found {shape}.");
        }

        var (type, nodes) = Probabilities(graph, logits.Type);
        return Changed(
            graph with { Nodes = [.. graph.Nodes, .. nodes], Outputs = [.. graph.Outputs, new(ModelTensors.Probabilities, type)] },
            new Change(1, "output added"));
    }

    private static (TensorType Type, Node[] Nodes) Probabilities(Graph graph, TensorType logits)
    {
        var names = new ValueNames(graph);
        var rank = logits.Shape?.Rank ?? 2;
        switch (graph.Nodes.FirstOrDefault(static n => n.Outputs.Contains(ModelTensors.Logits)))
        {
            case { Op: Softmax { Axis: var axis } } when IsClasses(axis):
                return (logits, [new(names.New("probabilities.name"), new Identity(), [ModelTensors.Logits], [ModelTensors.Probabilities])]);
            case { Op: LogSoftmax { Axis: var axis } } last when IsClasses(axis):
                return (logits, [new(names.New("softmax"), new Softmax(Classes), [last.Inputs[0]], [ModelTensors.Probabilities])]);
        }

        if (logits.Shape is not [_, { IsKnown: true, Value: 1 }, ..])
        {
            return (logits, [new(names.New("softmax"), new Softmax(Classes), [ModelTensors.Logits], [ModelTensors.Probabilities])]);
        }

        var (weights, pair) = (names.New("softmax.weights"), names.New("softmax.pair"));
        return (logits with { Shape = logits.Shape.With((int)Classes, 2) },
        [
            new(weights, new Constant(TensorData.Of<float>([0, 1], [1, 2, .. Enumerable.Repeat(1L, rank - 2)])), [], [weights]),
            new(pair, new Mul(), [ModelTensors.Logits, weights], [pair]),
            new(names.New("softmax"), new Softmax(Classes), [pair], [ModelTensors.Probabilities]),
        ]);

        bool IsClasses(long axis) => (axis < 0 ? axis + rank : axis) == Classes;
    }
}
