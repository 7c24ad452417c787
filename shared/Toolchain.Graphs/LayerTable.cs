namespace Toolchain.Graphs;

/// <summary>One node as <c>train describe</c> lists it, for a batch of one.</summary>
/// <param name="Name">The layer's path.</param>
/// <param name="Operator">ONNX's name of the operator.</param>
/// <param name="Output">The output's shape.</param>
/// <param name="Parameters">Trained values that first appear in this row; shared ones count once.</param>
/// <param name="Buffers">Values that are stored but not trained, such as running statistics.</param>
/// <param name="MultiplyAdds">Multiply–add operations.</param>
/// <param name="ActivationBytes">Bytes of the output.</param>
/// <param name="ReceptiveField">Pixels of the image, per side, that one output value sees; null when it sees the whole image or the field means nothing.</param>
/// <param name="SamePadding">
/// The padding per side that keeps the size at stride 1, (kernel − 1) / 2 · dilation (notes: how to implement "SAME" mode); null for other operators and even kernels.
/// </param>
public sealed record LayerRow(
    string Name, string Operator, Shape? Output, long Parameters, long Buffers, long MultiplyAdds, long ActivationBytes, long? ReceptiveField, long? SamePadding);

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
    public static LayerTable Of(Graph graph)
    {
        var types = GraphTypes.Infer(graph with { Inputs = graph.Inputs.Select(static i => i with { Type = i.Type with { Shape = i.Type.Shape?.Bind(1) } }).ToEquatableArray() });
        var buffers = graph.Buffers();
        var counted = new HashSet<string>(StringComparer.Ordinal);
        var fields = new Dictionary<string, Field?>(StringComparer.Ordinal);
        foreach (var input in graph.Inputs)
        {
            fields[input.Name] = new(1, 1);
        }

        var rows = new List<LayerRow>();
        foreach (var node in graph.Nodes.Where(static n => n.Op is not Constant))
        {
            var context = types.Of(node);
            var output = types[node.Outputs[0]];
            var window = WindowOf(node, context);
            var field = FieldOf(node, window, fields, Enlargement(context, output));
            fields[node.Outputs[0]] = field;
            var own = node.Inputs.Where(i => graph.Initializers.ContainsKey(i) && counted.Add(i)).ToArray();
            rows.Add(new(
                node.Name,
                node.Op.Type,
                output?.Shape,
                own.Where(i => !buffers.Contains(i)).Sum(i => graph.Initializers[i].ElementCount),
                own.Where(buffers.Contains).Sum(i => graph.Initializers[i].ElementCount),
                output?.Shape is { } shape ? node.Op.MultiplyAdds(context, shape) : 0,
                output?.Shape?.Elements() * output?.Element.Size() ?? 0,
                field?.Size,
                window is { } w && node.Op is not ConvTranspose && w.Kernel[0] % 2 == 1 ? (w.Kernel[0] - 1) / 2 * w.Dilations[0] : null));
        }

        return new(
            rows.ToEquatableArray(),
            graph.Initializers.Where(p => !buffers.Contains(p.Key)).Sum(static p => p.Value.ElementCount),
            graph.Initializers.Sum(static p => p.Value.ElementCount));
    }

    private static Window? WindowOf(Node node, NodeContext context) => node.Op switch
    {
        Conv conv => conv.Window(context),
        ConvTranspose conv => conv.Window(context),
        MaxPool pool => pool.Window(context),
        AveragePool pool => pool.Window(context),
        _ => null,
    };

    // Araujo, Norris and Sim, «Computing receptive fields of convolutional neural networks», Distill 2019: size grows by (kernel − 1) · jump.
    // An output of a transposed convolution meets at most one input more for every stride that its kernel is long; one of interpolation lies between two.
    private static Field? FieldOf(Node node, Window? window, Dictionary<string, Field?> fields, long enlargement)
    {
        Field? widest = null;
        foreach (var input in node.Inputs.Where(fields.ContainsKey))
        {
            if (fields[input] is not { } field)
            {
                return null;
            }

            widest = widest is { } known && known.Size >= field.Size ? known : field;
        }

        return (widest, window, node.Op) switch
        {
            (null, _, _) => null,
            ({ } f, { } w, ConvTranspose) => f.Jump % w.Strides[0] == 0 ? new(f.Size + ((w.Kernel[0] - 1) * w.Dilations[0] / w.Strides[0] * f.Jump), f.Jump / w.Strides[0]) : default(Field?),
            ({ } f, _, Resize r) => enlargement > 0 && f.Jump % enlargement == 0 ? new(f.Size + (r.Mode == ResizeMode.Linear ? f.Jump : 0), f.Jump / enlargement) : default(Field?),
            ({ } f, { } w, _) => new(f.Size + ((w.Kernel[0] - 1) * w.Dilations[0] * f.Jump), f.Jump * w.Strides[0]),
            (_, _, GlobalAveragePool or Flatten or Gemm or MatMul or Reshape or ReduceMean or Foreign) => null,
            _ => widest,
        };
    }

    // The whole number by which a node makes images higher; 0 where there is none.
    private static long Enlargement(NodeContext context, TensorType? output) =>
        context is { Node.Op: Resize } && context.Shape(0) is { Rank: 4, IsKnown: true } from && output?.Shape is { IsKnown: true } to && to[2].Value % from[2].Value == 0
            ? to[2].Value / from[2].Value
            : 0;

    private readonly record struct Field(long Size, long Jump);
}
