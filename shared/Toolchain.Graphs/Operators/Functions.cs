namespace Toolchain.Graphs;

/// <summary>e^x, ONNX <c>Exp</c> opset 13.</summary>
public sealed record Exp : UnaryOperator
{
    /// <inheritdoc/>
    public override string Type => "Exp";

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Exp(this, context);
}

/// <summary>The natural logarithm, ONNX <c>Log</c> opset 13.</summary>
public sealed record Log : UnaryOperator
{
    /// <inheritdoc/>
    public override string Type => "Log";

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Log(this, context);
}

/// <summary>The square root, ONNX <c>Sqrt</c> opset 13.</summary>
public sealed record Sqrt : UnaryOperator
{
    /// <inheritdoc/>
    public override string Type => "Sqrt";

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Sqrt(this, context);
}

/// <summary>1 / x, ONNX <c>Reciprocal</c> opset 13.</summary>
public sealed record Reciprocal : UnaryOperator
{
    /// <inheritdoc/>
    public override string Type => "Reciprocal";

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Reciprocal(this, context);
}

/// <summary>The error function, 2/√π · ∫₀ˣ e^−t² dt, ONNX <c>Erf</c> opset 13.</summary>
public sealed record Erf : UnaryOperator
{
    /// <inheritdoc/>
    public override string Type => "Erf";

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Erf(this, context);
}

/// <summary>|x|, ONNX <c>Abs</c> opset 13.</summary>
public sealed record Abs : UnaryOperator
{
    /// <inheritdoc/>
    public override string Type => "Abs";

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Abs(this, context);
}

/// <summary>−x, ONNX <c>Neg</c> opset 13.</summary>
public sealed record Neg : UnaryOperator
{
    /// <inheritdoc/>
    public override string Type => "Neg";

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Neg(this, context);
}

/// <summary>The largest whole number that is not above x, ONNX <c>Floor</c> opset 13.</summary>
public sealed record Floor : UnaryOperator
{
    /// <inheritdoc/>
    public override string Type => "Floor";

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Floor(this, context);

    /// <inheritdoc/>
    protected override KnownIntegers? Evaluate(NodeContext node, EquatableArray<long> dimensions) => node.Integers(0);
}

/// <summary>The smallest whole number that is not below x, ONNX <c>Ceil</c> opset 13.</summary>
public sealed record Ceil : UnaryOperator
{
    /// <inheritdoc/>
    public override string Type => "Ceil";

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Ceil(this, context);

    /// <inheritdoc/>
    protected override KnownIntegers? Evaluate(NodeContext node, EquatableArray<long> dimensions) => node.Integers(0);
}
