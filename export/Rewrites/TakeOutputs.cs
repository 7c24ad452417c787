using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>
/// Makes the graph return what certain nodes compute instead of what it returned: the features of a network without its head. A single output is named
/// <c>embedding</c> where it is one vector for each sample and <c>features</c> otherwise; several have their node's name behind that.
/// </summary>
/// <param name="Nodes">Names of nodes, whose first output is meant, or of values.</param>
internal sealed record TakeOutputs(EquatableArray<string> Nodes) : Rewrite
{
    private const string Embedding = "embedding";
    private const string Features = "features";

    /// <inheritdoc/>
    public override string Name => "take-outputs";

    /// <inheritdoc/>
    public override RewriteResult Apply(Graph graph)
    {
        var (types, names) = (GraphTypes.Infer(graph), new ValueNames(graph));
        var (outputs, copies) = (new List<ValueInfo>(), new List<Node>());
        foreach (var wanted in Nodes.Distinct(StringComparer.Ordinal))
        {
            var value = Find(graph, wanted);
            if (types[value] is not { Shape: { } shape } type)
            {
                throw new ToolchainException(ErrorKind.BadInput, $"The shape of '{wanted}' in graph '{graph.Name}' is not known, because an operator before it is not; it cannot be an output.");
            }

            var name = $"{(shape.Rank == 2 ? Embedding : Features)}{(Nodes.Count == 1 ? "" : $".{wanted}")}";
            if (name != value)
            {
                name = names.New(name);
                copies.Add(new(name, new Identity(), [value], [name]));
            }

            outputs.Add(new(name, type));
        }

        // The identities give the values their names; what nothing reads any more is dead.
        var taken = new RewritePipeline([new RemoveIdentity(), new RemoveDeadNodes()]).Apply(graph with { Nodes = [.. graph.Nodes, .. copies], Outputs = outputs.ToEquatableArray() }).Graph;
        return Changed(taken, new(outputs.Count, "outputs taken"), new(Math.Max(0, graph.Nodes.Count - taken.Nodes.Count), "nodes removed"));
    }

    private static string Find(Graph graph, string wanted)
    {
        var node = graph.Nodes.FirstOrDefault(n => n.Name == wanted) ?? graph.Nodes.FirstOrDefault(n => n.Outputs.Contains(wanted));
        return node switch
        {
            null => throw new ToolchainException(ErrorKind.Usage, $"Graph '{graph.Name}' has no node '{wanted}'.{Nearest.Hint(wanted, graph.Nodes.Select(static n => n.Name))} 'export inspect' lists them."),
            _ when node.Name == wanted => node.Outputs.First(static o => o.Length > 0),
            _ => wanted,
        };
    }
}
