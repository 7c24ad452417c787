using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>
/// Computes what depends on constants alone once, on ONNX Runtime, so that the result is what the runtime would compute at every run. A value that is larger than what it is
/// made of stays computed, so that files do not grow, unless it is small.
/// </summary>
internal sealed record FoldConstants : Rewrite
{
    // What a page of a file holds several of: shapes, scales, masks of small windows.
    private const long SmallBytes = 16 << 10;

    /// <inheritdoc/>
    public override string Name => "fold-constants";

    /// <inheritdoc/>
    public override RewriteResult Apply(Graph graph)
    {
        var constants = new ConstantValues(graph);
        if (!graph.Nodes.Any(n => IsComputable(n, i => constants[i] is not null)))
        {
            return Changed(graph);
        }

        var part = ConstantPart(graph, constants);
        if (part.Count == 0)
        {
            return Changed(graph);
        }

        var uses = new ValueUses(graph);
        var within = part.Select(static n => n.Name).ToHashSet(StringComparer.Ordinal);
        var read = graph.Nodes.Where(n => !within.Contains(n.Name)).SelectMany(static n => n.Inputs).ToHashSet(StringComparer.Ordinal);
        var needed = part.SelectMany(static n => n.Outputs).Where(o => o.Length > 0 && (read.Contains(o) || uses.IsOutput(o) || uses.IsReadWithin(o))).ToHashSet(StringComparer.Ordinal);
        var values = ConstantEvaluation.Run(graph, part, needed);
        var names = new ValueNames(graph);
        var weights = new List<KeyValuePair<string, TensorData>>();
        var nodes = graph.Nodes.SelectMany(node => within.Contains(node.Name) ? node.Outputs.Where(needed.Contains).SelectMany(Stored) : [node]).ToEquatableArray();
        return Changed(graph with { Nodes = nodes, Initializers = new(graph.Initializers.Concat(weights)) }, new Change(part.Count, "folded"));

        // Floats are weights from now on; what shapes and indices are is a constant. An output must be made by a node.
        Node[] Stored(string value)
        {
            if (values[value].Type != ElementType.Float32 || values[value].Dimensions.IsEmpty || uses.IsOutput(value))
            {
                return [new(names.New($"{value}.value"), new Constant(values[value]), [], [value])];
            }

            weights.Add(new(value, values[value]));
            return [];
        }
    }

    private static List<Node> ConstantPart(Graph graph, ConstantValues constants)
    {
        var types = GraphTypes.Infer(graph);
        var made = new HashSet<string>(StringComparer.Ordinal);
        var part = new List<Node>();
        foreach (var node in graph.Nodes)
        {
            if (IsComputable(node, i => made.Contains(i) || constants[i] is not null) && Bytes(node.Outputs, types) is { } size && size <= Math.Max(SmallBytes, Bytes(node.Inputs, types) ?? 0))
            {
                part.Add(node);
                made.UnionWith(node.Outputs);
            }
        }

        return part;
    }

    // An operator that is not known may be random, or read the outer graph from a graph of its own. Runtimes compute with integer weights as they are stored.
    private static bool IsComputable(Node node, Func<string, bool> isConstant) =>
        node.Op is not (Constant or DequantizeLinear or Foreign) && node.Inputs.Any(static i => i.Length > 0) && node.Inputs.All(i => i.Length == 0 || isConstant(i));

    // Null where the size of one of them is not known.
    private static long? Bytes(IEnumerable<string> values, GraphTypes types)
    {
        var bytes = 0L;
        foreach (var value in values.Where(static v => v.Length > 0))
        {
            if (types[value] is not { Element: not ElementType.Text } type || type.Shape?.Elements() is not { } elements)
            {
                return null;
            }

            bytes = checked(bytes + (elements * type.Element.Size()));
        }

        return bytes;
    }
}
