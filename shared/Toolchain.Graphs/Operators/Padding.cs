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

    /// <summary>The image again, as if it were repeated without end; from opset 19 on.</summary>
    Wrap,
}

/// <summary>
/// Pads every axis, ONNX <c>Pad</c> opset 13. Inputs: X, the pads (all beginnings, then all ends; negative ones crop) and the optional constant fill value.
/// </summary>
public sealed record Pad(PadMode Mode = PadMode.Constant) : Operator
{
    /// <inheritdoc/>
    public override string Type => "Pad";

    /// <inheritdoc/>
    public override int Since => Mode == PadMode.Wrap ? 19 : base.Since;

    /// <inheritdoc/>
    public override IReadOnlyList<int> Settings => [1, 2];

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes => Unless("constant", "mode", Mode.ToString().ToLowerInvariant());

    internal static Pad Read(AttributeReader a) => new(a.Text("mode", "constant") switch
    {
        "constant" => PadMode.Constant,
        "reflect" => PadMode.Reflect,
        "edge" => PadMode.Edge,
        "wrap" => PadMode.Wrap,
        var other => throw a.Fail("mode", "constant, reflect, edge or wrap", other),
    });

    /// <summary>The fill value.</summary>
    public static double Fill(NodeContext node) => node.Number(2, "constant_value") ?? 0;

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        var pads = node.Items(1, "pads");
        if (node.Has(3))
        {
            throw node.Fail("input 3 (axes) belongs to opset 18 and is not supported");
        }

        if (node.Shape(0) is not { } input)
        {
            return [new(node.Input(0).Element, null)];
        }

        if (pads is not { } given)
        {
            return [new(node.Input(0).Element, [.. input.Select(static _ => Dimension.Unknown)])];
        }

        if (Mode == PadMode.Wrap && (given.Any(static p => p.IsKnown && p.Value < 0) || input.Any(static d => d == 0)))
        {
            throw node.Fail($"mode wrap cannot crop, and cannot repeat what is empty; found pads {given} of {input}");
        }

        return given.Count == 2 * input.Rank
            ? [new(node.Input(0).Element, [.. input.Select((d, i) => Size(node, input, i, given[i], given[i + input.Rank]))])]
            : throw node.Fail($"the pads must have {2 * input.Rank} items for {input}, found {given}");
    }

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Pad(this, context);

    private static Dimension Size(NodeContext node, Shape input, int axis, Dimension begin, Dimension end)
    {
        if (begin == 0 && end == 0)
        {
            return input[axis];
        }

        var size = KnownIntegers.Sum(input[axis], KnownIntegers.Sum(begin, end));
        return size.IsKnown && size.Value < 0
            ? throw node.Fail($"pads {begin} and {end} leave nothing of axis {axis} of {input}")
            : input[axis].IsKnown ? size : Dimension.Unknown;
    }
}
