namespace Toolchain.Graphs;

/// <summary>
/// Rounds numbers to 8-bit integers, saturate(round(x / scale) + zero point), halves to even, ONNX <c>QuantizeLinear</c> opset 13. Inputs: x, the scale and the
/// optional zero point, whose type (uint8 or int8; uint8 without one) is that of the output; both are scalars, or lists along an axis.
/// </summary>
/// <param name="Axis">The axis of lists; may count from the end.</param>
public sealed record QuantizeLinear(long Axis = 1) : Operator
{
    /// <inheritdoc/>
    public override string Type => "QuantizeLinear";

    /// <inheritdoc/>
    public override IReadOnlyList<int> Settings => [1, 2];

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes => Unless(1, "axis", Axis);

    internal static QuantizeLinear Read(AttributeReader a) => new(a.Int("axis", 1));

    /// <summary>The smallest and the largest integer of the output's type.</summary>
    public static (long Lowest, long Highest) Bounds(NodeContext node) => Target(node) == ElementType.Int8 ? (sbyte.MinValue, sbyte.MaxValue) : (byte.MinValue, byte.MaxValue);

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        var target = Target(node);
        if (target is not (ElementType.UInt8 or ElementType.Int8))
        {
            throw node.Fail($"input 2 (zero_point) must be uint8 or int8, found {node.Input(2)}");
        }

        QuantizationScale.Check(node, Axis);
        return [new(target, node.Shape(0))];
    }

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.QuantizeLinear(this, context);

    private static ElementType Target(NodeContext node) => node.Has(2) ? node.Input(2).Element : ElementType.UInt8;
}

/// <summary>
/// The numbers that integers stand for, (x − zero point) · scale, ONNX <c>DequantizeLinear</c> opset 13. Inputs: x (uint8, int8 or int32), the scale, and the optional
/// zero point of the type of x; both are scalars, or lists along an axis.
/// </summary>
/// <param name="Axis">The axis of lists; may count from the end.</param>
public sealed record DequantizeLinear(long Axis = 1) : Operator
{
    /// <inheritdoc/>
    public override string Type => "DequantizeLinear";

    /// <inheritdoc/>
    public override IReadOnlyList<int> Settings => [1, 2];

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes => Unless(1, "axis", Axis);

    internal static DequantizeLinear Read(AttributeReader a) => new(a.Int("axis", 1));

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        var input = node.Input(0);
        if (input.Element is not (ElementType.UInt8 or ElementType.Int8 or ElementType.Int32) || (node.Has(2) && node.Input(2).Element != input.Element))
        {
            throw node.Fail($"input 0 must be uint8, int8 or int32, and the zero point of the same type, found {string.Join(", ", node.Types)}");
        }

        QuantizationScale.Check(node, Axis);
        return [new(node.Input(1).Element, input.Shape)];
    }

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.DequantizeLinear(this, context);
}

/// <summary>What both directions check.</summary>
internal static class QuantizationScale
{
    internal static void Check(NodeContext node, long axis)
    {
        if (node.Input(1).Element != ElementType.Float32)
        {
            throw node.Fail($"input 1 (scale) must be float32, found {node.Input(1)}");
        }

        for (var i = 1; i < 3; i++)
        {
            if (!node.Has(i) || node.Shape(i) is not { Rank: > 0 } given || (given is [var only] && only == 1))
            {
                continue;
            }

            var size = node.Shape(0) is { } input ? input[node.Axis(axis, input.Rank)] : Dimension.Unknown;
            if (given.Rank != 1 || !given[0].Admits(size))
            {
                throw node.Fail($"input {i} ({(i == 1 ? "scale" : "zero_point")}) must be a scalar, or a list of {size} values for axis {axis}, found {given}");
            }
        }
    }
}
