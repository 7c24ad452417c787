namespace Toolchain.Graphs;

/// <summary>An operator whose one output has the type of its one input.</summary>
public abstract record UnaryOperator : Operator
{
    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node) => [node.Input(0)];
}

/// <summary>max(0, x), ONNX <c>Relu</c> opset 14.</summary>
public sealed record Relu : UnaryOperator
{
    /// <inheritdoc/>
    public override string Type => "Relu";

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Relu(this, context);
}

/// <summary>x for x ≥ 0, α·x below, ONNX <c>LeakyRelu</c> opset 16.</summary>
public sealed record LeakyRelu(float Alpha = 0.01f) : UnaryOperator
{
    /// <inheritdoc/>
    public override string Type => "LeakyRelu";

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes => Unless(0.01f, "alpha", Alpha);

    internal static LeakyRelu Read(AttributeReader a) => new(a.Float("alpha", 0.01f));

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.LeakyRelu(this, context);
}

/// <summary>1 / (1 + e^−x), ONNX <c>Sigmoid</c> opset 13.</summary>
public sealed record Sigmoid : UnaryOperator
{
    /// <inheritdoc/>
    public override string Type => "Sigmoid";

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Sigmoid(this, context);
}

/// <summary>Hyperbolic tangent, ONNX <c>Tanh</c> opset 13.</summary>
public sealed record Tanh : UnaryOperator
{
    /// <inheritdoc/>
    public override string Type => "Tanh";

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Tanh(this, context);
}

/// <summary>min(max(x, low), high), ONNX <c>Clip</c> opset 13; the bounds are the optional scalar inputs 1 and 2.</summary>
public sealed record Clip : UnaryOperator
{
    /// <inheritdoc/>
    public override string Type => "Clip";

    /// <inheritdoc/>
    public override IReadOnlyList<int> Settings => [1, 2];

    /// <summary>The bounds; null where there is none.</summary>
    /// <exception cref="ToolchainException">A bound is computed at run time.</exception>
    public static (double? Low, double? High) Bounds(NodeContext node) => (node.Number(1, "min"), node.Number(2, "max"));

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        for (var i = 1; i < 3; i++)
        {
            if (node.Has(i) && node.Shape(i) is { } bound && bound.Elements() is { } count && count != 1)
            {
                throw node.Fail($"input {i} ({(i == 1 ? "min" : "max")}) must have one value, found {node.Input(i)}");
            }
        }

        return [node.Input(0)];
    }

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Clip(this, context);
}

/// <summary>e^x / Σe^x along an axis, ONNX <c>Softmax</c> opset 13.</summary>
public sealed record Softmax(long Axis = -1) : UnaryOperator
{
    /// <inheritdoc/>
    public override string Type => "Softmax";

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes => Unless(-1, "axis", Axis);

    internal static Softmax Read(AttributeReader a) => new(a.Int("axis", -1));

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        _ = node.Shape(0) is { } shape ? node.Axis(Axis, shape.Rank) : 0;
        return [node.Input(0)];
    }

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Softmax(this, context);
}

/// <summary>x − log Σe^x along an axis, ONNX <c>LogSoftmax</c> opset 13.</summary>
public sealed record LogSoftmax(long Axis = -1) : UnaryOperator
{
    /// <inheritdoc/>
    public override string Type => "LogSoftmax";

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes => Unless(-1, "axis", Axis);

    internal static LogSoftmax Read(AttributeReader a) => new(a.Int("axis", -1));

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        _ = node.Shape(0) is { } shape ? node.Axis(Axis, shape.Rank) : 0;
        return [node.Input(0)];
    }

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.LogSoftmax(this, context);
}
