using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>
/// Gives another name to what has one that the model's inputs and outputs are to have: imported graphs may call anything <c>pixels</c> or <c>logits</c>. Outputs keep
/// theirs. A graph with sub-graphs, which are kept unread and may use any of its names, keeps them all.
/// </summary>
/// <param name="Wanted">The name that is to be free.</param>
internal sealed record FreeName(string Wanted) : Rewrite
{
    /// <inheritdoc/>
    public override string Name => "free-name";

    /// <inheritdoc/>
    public override RewriteResult Apply(Graph graph)
    {
        var names = new ValueNames(graph);
        var other = names.New(Wanted);
        if (other == Wanted || graph.Outputs.Any(o => o.Name == Wanted) || graph.HasSubgraphs())
        {
            return Changed(graph);
        }

        return Changed(
            graph with
            {
                Inputs = graph.Inputs.Select(i => i with { Name = Renamed(i.Name) }).ToEquatableArray(),
                Nodes = graph.Nodes.Select(n => n with { Name = Renamed(n.Name), Inputs = AllRenamed(n.Inputs), Outputs = AllRenamed(n.Outputs) }).ToEquatableArray(),
                Initializers = new(graph.Initializers.Select(w => KeyValuePair.Create(Renamed(w.Key), w.Value))),
            },
            new Change(1, "renamed"));

        string Renamed(string name) => name == Wanted ? other : name;

        EquatableArray<string> AllRenamed(EquatableArray<string> values) => values.Select(Renamed).ToEquatableArray();
    }
}
