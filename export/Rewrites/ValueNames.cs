using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>The names that a graph uses for values and nodes, for finding new ones that are the same at every run.</summary>
internal sealed class ValueNames
{
    private readonly HashSet<string> _taken;

    public ValueNames(Graph graph) => _taken = graph.Nodes
        .SelectMany(static n => n.Outputs.Append(n.Name))
        .Concat(graph.Initializers.Keys)
        .Concat(graph.Inputs.Concat(graph.Outputs).Select(static v => v.Name))
        .ToHashSet(StringComparer.Ordinal);

    /// <summary>The wanted name, or with a number behind it where it is taken; taken from now on.</summary>
    public string New(string wanted)
    {
        var candidate = wanted;
        for (var i = 1; !_taken.Add(candidate); i++)
        {
            candidate = $"{wanted}_{i}";
        }

        return candidate;
    }
}
