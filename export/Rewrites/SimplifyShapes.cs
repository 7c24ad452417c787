using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>
/// Shortens chains of nodes that only move values: two transposes become one or none; of <c>Reshape</c>, <c>Flatten</c>, <c>Squeeze</c> and <c>Unsqueeze</c> in a row
/// the last does the work of all; one that changes nothing, or takes back what the one before did, becomes an <c>Identity</c>. A chain whose result cannot be stated for
/// every batch size stays.
/// </summary>
internal sealed record SimplifyShapes : Rewrite
{
    /// <inheritdoc/>
    public override string Name => "simplify-shapes";

    /// <inheritdoc/>
    public override RewriteResult Apply(Graph graph)
    {
        var shortened = 0;
        while (graph.Nodes.Any(static n => n.Op is Transpose or Reshape or Flatten or Squeeze or Unsqueeze) && Shorten(graph) is { Count: > 0 } pass)
        {
            graph = pass.Graph;
            shortened += pass.Count;
        }

        return Changed(graph, new Change(shortened, "shortened"));
    }

    private static (Graph Graph, int Count) Shorten(Graph graph)
    {
        var chains = new ShapeChains(graph);
        var (nodes, shortened) = (new List<Node>(graph.Nodes.Count), 0);
        foreach (var node in graph.Nodes)
        {
            var replacement = chains.Shorter(node);
            shortened += replacement is null ? 0 : 1;
            nodes.AddRange(replacement ?? [node]);
        }

        return (graph with { Nodes = nodes.ToEquatableArray() }, shortened);
    }
}
