namespace Toolchain.Graphs;

/// <summary>What <see cref="Pad"/> fills with.</summary>
public enum PadMode
{
    /// <summary>A constant, by default 0.</summary>
    Constant,

    /// <summary>The mirror image without the edge.</summary>
    Reflect,

    /// <summary>The edge value.</summary>
    Edge,
}

/// <summary>
/// Pads every axis, ONNX <c>Pad</c> opset 13. Inputs: X, the pads (all beginnings, then all ends; negative ones crop), which must be constant or follow
/// from shapes, and the optional constant fill value.
/// </summary>
public sealed record Pad(PadMode Mode = PadMode.Constant) : Operator
{
    /// <inheritdoc/>
    public override string Type => "Pad";

    /// <inheritdoc/>
    public override IReadOnlyList<int> Settings => [1, 2];

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes => Unless("constant", "mode", Mode.ToString().ToLowerInvariant());

    internal static Pad Read(AttributeReader a) => new(a.Text("mode", "constant") switch
    {
        "constant" => PadMode.Constant,
        "reflect" => PadMode.Reflect,
        "edge" => PadMode.Edge,
        var other => throw a.Fail("mode", "constant, reflect or edge", other),
    });

    /// <summary>The pads: all beginnings, then all ends.</summary>
    public static EquatableArray<long> Pads(NodeContext node)
    {
        _ = node.Input(1);
        return node.Longs(1, "pads")!.Value;
    }

    /// <summary>The fill value.</summary>
    public static double Fill(NodeContext node) => node.Number(2, "constant_value") ?? 0;

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        var pads = Pads(node);
        if (node.Has(3))
        {
            throw node.Fail("input 3 (axes) belongs to opset 18 and is not supported");
        }

        if (node.Shape(0) is not { } input)
        {
            return [new(node.Input(0).Element, null)];
        }

        return pads.Count == 2 * input.Rank
            ? [new(node.Input(0).Element, [.. input.Select((d, i) => (pads[i], pads[i + input.Rank]) switch
            {
                (0, 0) => d,
                var (begin, end) when d.IsKnown && d.Value + begin + end >= 0 => d.Value + begin + end,
                _ when d.IsKnown => throw node.Fail($"pads {pads} leave nothing of axis {i} of {input}"),
                _ => Dimension.Unknown,
            })])]
            : throw node.Fail($"the pads must have {2 * input.Rank} items for {input}, found {pads}");
    }

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Pad(this, context);
}
