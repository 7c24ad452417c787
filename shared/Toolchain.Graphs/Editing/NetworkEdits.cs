namespace Toolchain.Graphs.Editing;

/// <summary>Changes of a network that belong together: they are checked as a whole, so several layers may change their sizes at once.</summary>
/// <param name="Edits">The changes, in any order; no two may concern the same layer.</param>
public sealed record NetworkEdits(EquatableArray<GraphEdit> Edits)
{
    /// <summary>No changes.</summary>
    public static NetworkEdits None { get; } = new([]);

    /// <summary>Whether there is nothing to change.</summary>
    public bool IsEmpty => Edits.IsEmpty;

    /// <summary>The changes as text, one each, for a manifest: <c>replace relu1=LeakyReLU(0.1)</c>, <c>remove bn1</c>, <c>classes 3</c>.</summary>
    public EquatableArray<string> Text => Edits.Select(static e => e.ToString()).ToEquatableArray();

    /// <summary>Reads what <see cref="Text"/> gave.</summary>
    /// <exception cref="ToolchainException">A text is no change (<see cref="ErrorKind.Usage"/>).</exception>
    public static NetworkEdits Parse(IEnumerable<string> texts) => new(texts.Select(GraphEdit.Read).ToEquatableArray());

    /// <summary>Makes the changes.</summary>
    /// <param name="graph">The network, which stays as it is.</param>
    /// <param name="seed">Decides the first values of new parameters, together with their names.</param>
    /// <exception cref="ToolchainException">A layer is not there, cannot be changed, or a following one no longer fits; the message names it (<see cref="ErrorKind.Usage"/>).</exception>
    public EditedGraph Apply(Graph graph, long seed)
    {
        if (IsEmpty)
        {
            return new(graph, []);
        }

        var uses = Uses(graph);
        var editor = new GraphEditor(graph, seed, uses.SelectMany(static u => u.Nodes).ToHashSet(StringComparer.Ordinal));
        foreach (var use in uses)
        {
            editor.Change(use.Edit, use.Layer, use.Nodes);
        }

        foreach (var head in Edits.OfType<GraphEdit.Classes>())
        {
            editor.ReplaceHead(head.Count);
        }

        return editor.Finish();
    }

    // In the graph's order, so that the types before each change are known when it is made.
    private List<Use> Uses(Graph graph)
    {
        var positions = graph.Nodes.Index().ToDictionary(static n => n.Item.Name, static n => n.Index, StringComparer.Ordinal);
        var uses = new List<Use>();
        var owners = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (edit, layer) in Edits.Select(static e => (e, Layer(e))).Where(static e => e.Item2 is not null))
        {
            foreach (var nodes in LayerUses.Of(graph, layer!))
            {
                if (nodes.FirstOrDefault(owners.ContainsKey) is { } twice)
                {
                    throw new ToolchainException(ErrorKind.Usage, $"Layer '{twice}' is changed twice, by '{owners[twice]}' and by '{edit}'. Change each layer once.");
                }

                foreach (var node in nodes)
                {
                    owners.Add(node, edit.ToString());
                }

                uses.Add(new(edit, layer!, nodes, positions[nodes[0]]));
            }
        }

        return [.. uses.OrderBy(static u => u.Position)];
    }

    private static string? Layer(GraphEdit edit) => edit switch
    {
        GraphEdit.Replace replace => replace.Layer,
        GraphEdit.Remove remove => remove.Layer,
        GraphEdit.Classes => null,
        _ => throw new ArgumentOutOfRangeException(nameof(edit), edit, "Unknown edit."),
    };

    private sealed record Use(GraphEdit Edit, string Layer, EquatableArray<string> Nodes, int Position);
}
