namespace Toolchain.Graphs;

/// <summary>A question to two tensors of one element type, value by value with numpy's broadcasting; the answer is bool.</summary>
public abstract record Comparison : BinaryOperator
{
    /// <inheritdoc/>
    protected sealed override ElementType Result(NodeContext node, ElementType inputs) => ElementType.Bool;

    /// <summary>The answer for two numbers; null for symbols and unknown values that the operator cannot tell apart.</summary>
    protected abstract bool? Holds(Dimension a, Dimension b);

    /// <inheritdoc/>
    protected sealed override KnownIntegers? Evaluate(NodeContext node, EquatableArray<long> dimensions) =>
        KnownIntegers.Combine(node, dimensions, (a, b) => Holds(a, b) switch { null => Dimension.Unknown, true => 1, false => 0 });
}

/// <summary>A logical operator on bool tensors with numpy's broadcasting.</summary>
public abstract record Connective : BinaryOperator
{
    /// <inheritdoc/>
    protected sealed override ElementType Result(NodeContext node, ElementType inputs) =>
        inputs == ElementType.Bool ? inputs : throw node.Fail($"the inputs must be bool, found {inputs.Display()}");
}

/// <summary>a = b, ONNX <c>Equal</c> opset 13.</summary>
public sealed record Equal : Comparison
{
    /// <inheritdoc/>
    public override string Type => "Equal";

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Equal(this, context);

    /// <summary>Sizes are not negative, so that no symbol is −1.</summary>
    protected override bool? Holds(Dimension a, Dimension b) =>
        a.IsKnown && b.IsKnown ? a.Value == b.Value
        : a.Symbol is not null && a == b ? true
        : (a.Symbol is not null && b.IsKnown && b.Value < 0) || (b.Symbol is not null && a.IsKnown && a.Value < 0) ? false
        : null;
}

/// <summary>a &gt; b, ONNX <c>Greater</c> opset 13.</summary>
public sealed record Greater : Comparison
{
    /// <inheritdoc/>
    public override string Type => "Greater";

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Greater(this, context);

    /// <inheritdoc/>
    protected override bool? Holds(Dimension a, Dimension b) => a.IsKnown && b.IsKnown ? a.Value > b.Value : null;
}

/// <summary>a &lt; b, ONNX <c>Less</c> opset 13.</summary>
public sealed record Less : Comparison
{
    /// <inheritdoc/>
    public override string Type => "Less";

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Less(this, context);

    /// <inheritdoc/>
    protected override bool? Holds(Dimension a, Dimension b) => a.IsKnown && b.IsKnown ? a.Value < b.Value : null;
}

/// <summary>Whether both hold, ONNX <c>And</c> opset 7.</summary>
public sealed record And : Connective
{
    /// <inheritdoc/>
    public override string Type => "And";

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.And(this, context);
}

/// <summary>Whether one holds at least, ONNX <c>Or</c> opset 7.</summary>
public sealed record Or : Connective
{
    /// <inheritdoc/>
    public override string Type => "Or";

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Or(this, context);
}

/// <summary>Whether the input does not hold, ONNX <c>Not</c> opset 1.</summary>
public sealed record Not : Operator
{
    /// <inheritdoc/>
    public override string Type => "Not";

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node) =>
        node.Input(0) is { Element: ElementType.Bool } input ? [input] : throw node.Fail($"the input must be bool, found {node.Input(0)}");

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Not(this, context);
}

/// <summary>The second input where the first one, which is bool, holds, and the third elsewhere, ONNX <c>Where</c> opset 16; all three are broadcast.</summary>
public sealed record Where : Operator
{
    /// <inheritdoc/>
    public override string Type => "Where";

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        var (condition, x, y) = (node.Input(0), node.Input(1), node.Input(2));
        if (condition.Element != ElementType.Bool || x.Element != y.Element)
        {
            throw node.Fail($"the condition must be bool and both values of one type, found {condition}, {x} and {y}");
        }

        return [new(x.Element, condition.Shape is null || x.Shape is null || y.Shape is null
            ? null
            : Broadcasting.Combine(node, condition.Shape, Broadcasting.Combine(node, x.Shape, y.Shape)))];
    }

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Where(this, context);

    /// <inheritdoc/>
    protected override KnownIntegers? Evaluate(NodeContext node, EquatableArray<long> dimensions) =>
        node.Integers(0) is { } condition && node.Integers(1) is { } x && node.Integers(2) is { } y
            ? KnownIntegers.Make(dimensions, index => condition.At(index) is { IsKnown: true } chosen ? (chosen.Value != 0 ? x : y).At(index) : Dimension.Unknown)
            : null;
}
