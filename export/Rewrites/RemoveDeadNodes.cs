using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>Drops nodes and initializers that no output of the graph depends on. Inputs stay: they are the model's interface.</summary>
internal sealed record RemoveDeadNodes : Rewrite
{
    /// <inheritdoc/>
    public override string Name => "remove-dead-nodes";

    /// <inheritdoc/>
    public override RewriteResult Apply(Graph graph)
    {
        var uses = new ValueUses(graph);
        var needed = graph.Outputs.Select(static o => o.Name).ToHashSet(StringComparer.Ordinal);
        var live = new List<Node>();
        for (var i = graph.Nodes.Count - 1; i >= 0; i--)
        {
            var node = graph.Nodes[i];
            if (node.Outputs.Any(o => needed.Contains(o) || (o.Length > 0 && uses.IsReadWithin(o))))
            {
                live.Add(node);
                needed.UnionWith(node.Inputs.Where(static name => name.Length > 0));
            }
        }

        live.Reverse();
        var weights = graph.Initializers.Select((name, data) => needed.Contains(name) || uses.IsReadWithin(name) ? data : null);
        return Changed(
            graph with { Nodes = live.ToEquatableArray(), Initializers = weights },
            new(graph.Nodes.Count - live.Count, "nodes removed"),
            new(graph.Initializers.Count - weights.Count, "initializers removed"));
    }
}
