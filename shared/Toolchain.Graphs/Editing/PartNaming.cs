namespace Toolchain.Graphs.Editing;

/// <summary>Names a new part of a graph: as it was built, with a number behind what is taken already, as the builder does for repeated layers.</summary>
internal sealed class PartNaming
{
    private readonly HashSet<string> _nodes;
    private readonly HashSet<string> _values;
    private readonly Dictionary<string, string> _renamed = new(StringComparer.Ordinal);

    /// <param name="rest">The graph without the part.</param>
    /// <param name="region">The place that the part takes.</param>
    /// <param name="output">What the part calls its output.</param>
    public PartNaming(Graph rest, Region region, string output)
    {
        _nodes = rest.Nodes.Select(static n => n.Name).ToHashSet(StringComparer.Ordinal);
        _values = rest.Nodes.SelectMany(static n => n.Outputs).Concat(rest.Inputs.Select(static i => i.Name)).Concat(rest.Initializers.Keys).Append(region.Output).ToHashSet(StringComparer.Ordinal);
        _renamed.Add(output, region.Output);
    }

    /// <summary>The node under the names that it has in the graph; nodes come in the part's order.</summary>
    public Node Of(Node node) => node with
    {
        Name = Unique(_nodes, node.Name),
        Inputs = node.Inputs.Select(i => _renamed.GetValueOrDefault(i, i)).ToEquatableArray(),
        Outputs = node.Outputs.Select(Output).ToEquatableArray(),
    };

    private string Output(string name)
    {
        if (!_renamed.TryGetValue(name, out var renamed))
        {
            _renamed.Add(name, renamed = Unique(_values, name));
        }

        return renamed;
    }

    private static string Unique(HashSet<string> taken, string wanted)
    {
        var candidate = wanted;
        for (var i = 1; !taken.Add(candidate); i++)
        {
            candidate = $"{wanted}_{i}";
        }

        return candidate;
    }
}
