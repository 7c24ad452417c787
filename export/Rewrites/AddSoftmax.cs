using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>Adds the output <c>probabilities</c> behind <c>logits</c>: their softmax over the classes.</summary>
internal sealed record AddSoftmax : Rewrite
{
    /// <summary>The output that it reads: <c>float32 [N, classes]</c>, or <c>[N, classes, H, W]</c> with a class for each pixel.</summary>
    public const string Logits = "logits";

    /// <summary>The output that it adds: float32 of the same shape, 0..1, the sum over the classes is 1.</summary>
    public const string Probabilities = "probabilities";

    /// <inheritdoc/>
    public override string Name => "add-softmax";

    /// <inheritdoc/>
    public override RewriteResult Apply(Graph graph)
    {
        if (graph.Outputs.Any(static o => o.Name == Probabilities))
        {
            return Changed(graph);
        }

        var logits = graph.Outputs.FirstOrDefault(static o => o.Name == Logits) ?? throw new ToolchainException(
            ErrorKind.BadInput,
            $"Graph '{graph.Name}' has no output '{Logits}' to make probabilities of; it has {string.Join(", ", graph.Outputs.Select(static o => $"'{o.Name}'"))}.");
        if (logits.Type.Shape is { } shape && shape.Rank is not (2 or 4))
        {
            throw new ToolchainException(ErrorKind.BadInput, $"Output '{Logits}' of graph '{graph.Name}' must be [N, classes] or [N, classes, H, W], found {shape}.");
        }

        var node = new Node(new ValueNames(graph).New("softmax"), new Softmax(Axis: 1), [Logits], [Probabilities]);
        return Changed(
            graph with { Nodes = [.. graph.Nodes, node], Outputs = [.. graph.Outputs, new(Probabilities, logits.Type)] },
            new Change(1, "output added"));
    }
}
