using System.Globalization;

namespace Toolchain.Graphs.Editing;

/// <summary>
/// Finds the nodes of a layer by its name: the node itself, or every node below it (<c>layer1.0</c> names a block). A layer that is applied several
/// times, such as a repeated block, has as many uses; the builder numbers their nodes <c>relu</c>, <c>relu_1</c>, <c>relu_2</c>.
/// </summary>
internal static class LayerUses
{
    /// <summary>The names of the nodes of each use, in the graph's order.</summary>
    /// <exception cref="ToolchainException">There is no such layer; the message proposes the nearest name (<see cref="ErrorKind.Usage"/>).</exception>
    public static IReadOnlyList<EquatableArray<string>> Of(Graph graph, string layer)
    {
        var nodes = graph.Nodes.ToDictionary(static n => n.Name, StringComparer.Ordinal);
        if (nodes.ContainsKey(layer) && Numbered(nodes, layer).Use > 0)
        {
            return [[layer]];
        }

        var members = graph.Nodes.Select(n => (Node: n, Numbered(nodes, n.Name).Base, Numbered(nodes, n.Name).Use)).Where(m => IsIn(layer, m.Base)).ToArray();
        if (members.Length == 0)
        {
            return ByParameters(graph, layer) is { Count: > 0 } found ? found : throw Unknown(graph, nodes, layer);
        }

        // A block in which one layer is used twice is one use of the block; a block whose every node comes again is used again.
        var uses = members.GroupBy(static m => m.Use).Select(static g => g.Select(static m => m.Node).ToArray()).ToArray();
        var computing = uses.Select(static u => u.Count(static n => n.Op is not Constant)).ToArray();
        return computing.All(c => c == computing[0])
            ? [.. uses.Select(static u => u.Select(static n => n.Name).ToEquatableArray())]
            : [members.Select(static m => m.Node.Name).ToEquatableArray()];
    }

    /// <summary>Whether a name is the layer's, or lies below it.</summary>
    public static bool IsIn(string layer, string name) =>
        name.StartsWith(layer, StringComparison.Ordinal) && (name.Length == layer.Length || name[layer.Length] == '.');

    // Files of other programs name nodes in their own way, but weights as PyTorch does.
    private static List<EquatableArray<string>> ByParameters(Graph graph, string layer) =>
    [
        .. graph.Nodes
            .Where(n => n.Inputs.Any(i => graph.Initializers.ContainsKey(i) && i.LastIndexOf('.') == layer.Length && IsIn(layer, i)))
            .Select(static n => (EquatableArray<string>)[n.Name]),
    ];

    private static (string Base, int Use) Numbered(Dictionary<string, Node> nodes, string name)
    {
        var cut = name.LastIndexOf('_');
        return cut > 0
            && int.TryParse(name.AsSpan(cut + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var use) && use > 0
            && nodes.TryGetValue(name[..cut], out var first) && first.Op.Type == nodes[name].Op.Type
            ? (name[..cut], use)
            : (name, 0);
    }

    private static ToolchainException Unknown(Graph graph, Dictionary<string, Node> nodes, string layer)
    {
        var names = graph.Nodes.Where(static n => n.Op is not Constant).Select(n => Numbered(nodes, n.Name).Base).Distinct().ToArray();
        var blocks = names.SelectMany(static n => n.Index().Where(static c => c.Item == '.').Select(c => n[..c.Index])).Distinct();
        return new(ErrorKind.Usage, $"Graph '{graph.Name}' has no layer '{layer}'.{Nearest.Hint(layer, names.Concat(blocks))} See its layers: train describe.");
    }
}
