namespace Toolchain.Graphs;

/// <summary>One node as <c>train describe</c> lists it, for a batch of one.</summary>
/// <param name="Name">The layer's path.</param>
/// <param name="Operator">ONNX's name of the operator.</param>
/// <param name="Output">The output's shape.</param>
/// <param name="Parameters">Trained values that first appear in this row; shared ones count once.</param>
/// <param name="Buffers">Values that are stored but not trained, such as running statistics.</param>
/// <param name="MultiplyAdds">Multiply–add operations.</param>
/// <param name="ActivationBytes">Bytes of the outputs.</param>
/// <param name="ReceptiveField">Pixels of the image that one output value sees; null when it sees the whole image or the field means nothing.</param>
/// <param name="SamePadding">
/// The padding per side that keeps the size at stride 1, (kernel − 1) · dilation / 2 (notes: how to implement "SAME" mode); null for other operators,
/// and for windows that no equal padding on both sides fits.
/// </param>
/// <param name="Window">The window of a convolution or pooling; null for other operators.</param>
public sealed record LayerRow(
    string Name, string Operator, Shape? Output, long Parameters, long Buffers, long MultiplyAdds, long ActivationBytes, PixelExtent? ReceptiveField, PixelExtent? SamePadding, Window? Window);

/// <summary>The layers of a graph with their sizes and costs.</summary>
/// <param name="Rows">One per node; constants are left out.</param>
/// <param name="Trainable">Values that training updates.</param>
/// <param name="Total">All stored values, running statistics included.</param>
public sealed record LayerTable(EquatableArray<LayerRow> Rows, long Trainable, long Total)
{
    /// <summary>Multiply–adds of one image.</summary>
    public long MultiplyAdds => Rows.Sum(static r => r.MultiplyAdds);

    /// <summary>Bytes of all outputs of one image.</summary>
    public long ActivationBytes => Rows.Sum(static r => r.ActivationBytes);

    /// <summary>Measures a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="known">Types that a file states for values behind foreign operators.</param>
    /// <exception cref="ToolchainException">The graph is not well formed, or its costs exceed 2^63 (<see cref="ErrorKind.BadInput"/>).</exception>
    public static LayerTable Of(Graph graph, IReadOnlyDictionary<string, TensorType>? known = null)
    {
        try
        {
            // The sums belong to it: they must not overflow when somebody reads them later.
            var table = Measure(graph, known);
            _ = (table.MultiplyAdds, table.ActivationBytes);
            return table;
        }
        catch (OverflowException)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"Graph '{graph.Name}' cannot be measured: its sizes or costs exceed 2^63.");
        }
    }

    private static LayerTable Measure(Graph graph, IReadOnlyDictionary<string, TensorType>? known)
    {
        var types = GraphTypes.Infer(
            graph with { Inputs = graph.Inputs.Select(static i => i with { Type = OfOne(i.Type) }).ToEquatableArray() },
            known?.ToDictionary(static k => k.Key, static k => OfOne(k.Value), StringComparer.Ordinal));
        var buffers = graph.Buffers();
        var counted = new HashSet<string>(StringComparer.Ordinal);
        var fields = new ReceptiveFields(graph.Inputs);
        var rows = new List<LayerRow>();
        foreach (var node in graph.Nodes.Where(static n => n.Op is not Constant))
        {
            var context = types.Of(node);
            var output = types[node.Outputs[0]];
            var window = WindowOf(node, context);
            var own = node.Inputs.Where(i => graph.Initializers.ContainsKey(i) && counted.Add(i)).ToArray();
            rows.Add(new(
                node.Name,
                node.Op.Type,
                output?.Shape,
                own.Where(i => !buffers.Contains(i)).Sum(i => graph.Initializers[i].ElementCount),
                own.Where(buffers.Contains).Sum(i => graph.Initializers[i].ElementCount),
                output?.Shape is { } shape ? node.Op.MultiplyAdds(context, shape) : 0,
                node.Outputs.Sum(o => types[o] is { Shape: { } each } type ? each.Elements() * type.Element.Size() : 0) ?? 0,
                fields.Visit(node, context, window, output?.Shape),
                node.Op is ConvTranspose ? null : SamePaddingOf(window),
                window));
        }

        return new(
            rows.ToEquatableArray(),
            graph.Initializers.Where(p => !buffers.Contains(p.Key)).Sum(static p => p.Value.ElementCount),
            graph.Initializers.Sum(static p => p.Value.ElementCount));
    }

    private static TensorType OfOne(TensorType type) => type with { Shape = type.Shape?.Bind(1) };

    private static Window? WindowOf(Node node, NodeContext context) => node.Op switch
    {
        Conv conv => conv.Window(context),
        ConvTranspose conv => conv.Window(context),
        MaxPool pool => pool.Window(context),
        AveragePool pool => pool.Window(context),
        _ => null,
    };

    private static PixelExtent? SamePaddingOf(Window? window) => window is { Kernel.Count: 2 } w && Spread(w, 0) % 2 == 0 && Spread(w, 1) % 2 == 0
        ? new(Spread(w, 0) / 2, Spread(w, 1) / 2)
        : null;

    private static long Spread(Window window, int axis) => (window.Kernel[axis] - 1) * window.Dilations[axis];
}
