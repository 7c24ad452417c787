using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>Takes out nodes that pass their first input on.</summary>
internal static class Bypass
{
    /// <summary>Takes out every chosen node that can go; readers of its output read its input.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="passesOn">Chooses nodes whose first output equals their first input.</param>
    /// <returns>The graph, how many nodes went, and how many had to stay.</returns>
    public static (Graph Graph, int Removed, int Kept) Nodes(Graph graph, Func<Node, bool> passesOn)
    {
        var uses = new ValueUses(graph);
        var sources = new Dictionary<string, string>(StringComparer.Ordinal);
        var renamed = new Dictionary<string, string>(StringComparer.Ordinal);
        var rest = new List<Node>(graph.Nodes.Count);
        var kept = 0;
        foreach (var node in graph.Nodes)
        {
            if (!passesOn(node))
            {
                rest.Add(node);
                continue;
            }

            var (source, output) = (Resolve(node.Inputs[0]), node.Outputs[0]);
            if (!uses.IsOutput(output) && !uses.IsReadWithin(output))
            {
                sources[output] = source;
            }
            else if (CanTakeName(source, output))
            {
                renamed[source] = output;
            }
            else
            {
                rest.Add(node);
                kept++;
            }
        }

        return (
            graph with
            {
                Nodes = rest.Select(n => n with { Inputs = n.Inputs.Select(i => Final(Resolve(i))).ToEquatableArray(), Outputs = n.Outputs.Select(Final).ToEquatableArray() }).ToEquatableArray(),
            },
            graph.Nodes.Count - rest.Count,
            kept);

        string Resolve(string value) => sources.GetValueOrDefault(value, value);
        string Final(string value) => renamed.GetValueOrDefault(value, value);

        // The graph's output keeps its name, so the value behind it takes that name, unless it has a name to keep itself.
        bool CanTakeName(string source, string output) => uses.Maker(source) is not null
            && uses.IsOutput(output) && !uses.IsOutput(source) && !uses.IsReadWithin(source) && !uses.IsReadWithin(output) && !renamed.ContainsKey(source);
    }
}
