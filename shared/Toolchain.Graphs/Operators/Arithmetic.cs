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

        return [new(Result(node, a.Element), a.Shape is null || b.Shape is null ? null : Broadcasting.Combine(node, a.Shape, b.Shape))];
    }

    /// <summary>The element type of the output for inputs of the given one: the same, unless the operator says otherwise.</summary>
    protected virtual ElementType Result(NodeContext node, ElementType inputs) => inputs;
}

/// <summary>a + b, ONNX <c>Add</c> opset 14.</summary>
public sealed record Add : BinaryOperator
{
    /// <inheritdoc/>
    public override string Type => "Add";

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Add(this, context);

    /// <inheritdoc/>
    protected override KnownIntegers? Evaluate(NodeContext node, EquatableArray<long> dimensions) => KnownIntegers.Combine(node, dimensions, KnownIntegers.Sum);
}

/// <summary>a − b, ONNX <c>Sub</c> opset 14.</summary>
public sealed record Sub : BinaryOperator
{
    /// <inheritdoc/>
    public override string Type => "Sub";

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Sub(this, context);

    /// <inheritdoc/>
    protected override KnownIntegers? Evaluate(NodeContext node, EquatableArray<long> dimensions) => KnownIntegers.Combine(node, dimensions, KnownIntegers.Difference);
}

/// <summary>a · b, ONNX <c>Mul</c> opset 14.</summary>
public sealed record Mul : BinaryOperator
{
    /// <inheritdoc/>
    public override string Type => "Mul";

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Mul(this, context);

    /// <inheritdoc/>
    protected override KnownIntegers? Evaluate(NodeContext node, EquatableArray<long> dimensions) => KnownIntegers.Combine(node, dimensions, KnownIntegers.Product);
}

/// <summary>a / b, ONNX <c>Div</c> opset 14; integers round towards zero.</summary>
public sealed record Div : BinaryOperator
{
    /// <inheritdoc/>
    public override string Type => "Div";

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Div(this, context);

    /// <inheritdoc/>
    protected override KnownIntegers? Evaluate(NodeContext node, EquatableArray<long> dimensions) =>
        KnownIntegers.Combine(node, dimensions, (a, b) => KnownIntegers.Quotient(a, b, rounded: !node.Input(0).Element.IsFloat()));
}

/// <summary>a to the power of b, ONNX <c>Pow</c> opset 15; the result has the type of a, and b may have another one.</summary>
public sealed record Pow : Operator
{
    /// <inheritdoc/>
    public override string Type => "Pow";

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        var (a, b) = (node.Input(0), node.Input(1));
        return [new(a.Element, a.Shape is null || b.Shape is null ? null : Broadcasting.Combine(node, a.Shape, b.Shape))];
    }

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Pow(this, context);
}
