namespace Toolchain.Graphs;

/// <summary>An operator on two tensors of one element type, value by value with numpy's broadcasting.</summary>
public abstract record BinaryOperator : Operator
{
    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        var (a, b) = (node.Input(0), node.Input(1));
        if (a.Element != b.Element)
        {
            throw node.Fail($"both inputs must have one element type, found {a} and {b}");
        }

        return [new(a.Element, a.Shape is null || b.Shape is null ? null : Broadcasting.Combine(node, a.Shape, b.Shape))];
    }
}

/// <summary>a + b, ONNX <c>Add</c> opset 14.</summary>
public sealed record Add : BinaryOperator
{
    /// <inheritdoc/>
    public override string Type => "Add";

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Add(this, context);
}

/// <summary>a − b, ONNX <c>Sub</c> opset 14.</summary>
public sealed record Sub : BinaryOperator
{
    /// <inheritdoc/>
    public override string Type => "Sub";

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Sub(this, context);
}

/// <summary>a · b, ONNX <c>Mul</c> opset 14.</summary>
public sealed record Mul : BinaryOperator
{
    /// <inheritdoc/>
    public override string Type => "Mul";

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Mul(this, context);
}

/// <summary>a / b, ONNX <c>Div</c> opset 14; integers round towards zero.</summary>
public sealed record Div : BinaryOperator
{
    /// <inheritdoc/>
    public override string Type => "Div";

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Div(this, context);
}

/// <summary>Mean over axes, ONNX <c>ReduceMean</c> opset 13.</summary>
/// <param name="Axes">May count from the end; empty for all.</param>
/// <param name="KeepDims">Whether the reduced axes stay with size 1.</param>
public sealed record ReduceMean(EquatableArray<long> Axes = default, bool KeepDims = true) : Operator
{
    /// <inheritdoc/>
    public override string Type => "ReduceMean";

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes => [.. Optional("axes", Axes), .. Unless(1, "keepdims", KeepDims ? 1 : 0)];

    internal static ReduceMean Read(AttributeReader a) => new(a.Ints("axes"), a.Flag("keepdims", true));

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        if (node.Shape(0) is not { } input)
        {
            return [new(node.Input(0).Element, null)];
        }

        var axes = Axes.IsEmpty ? [.. Enumerable.Range(0, input.Rank)] : Axes.Select(a => node.Axis(a, input.Rank)).ToHashSet();
        var kept = input.Select((d, axis) => (Dimension: axes.Contains(axis) ? 1 : d, Reduced: axes.Contains(axis)));
        return [new(node.Input(0).Element, [.. kept.Where(d => KeepDims || !d.Reduced).Select(static d => d.Dimension)])];
    }

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.ReduceMean(this, context);
}
