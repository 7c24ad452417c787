namespace Toolchain.Graphs;

/// <summary>An operator on any number of tensors of one element type, value by value with numpy's broadcasting.</summary>
public abstract record VariadicOperator : Operator
{
    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        var result = node.Input(0);
        for (var i = 1; i < node.Count; i++)
        {
            var next = node.Input(i);
            if (next.Element != result.Element)
            {
                throw node.Fail($"all inputs must have one element type, found {result} and {next}");
            }

            result = result with { Shape = result.Shape is null || next.Shape is null ? null : Broadcasting.Combine(node, result.Shape, next.Shape) };
        }

        return [result];
    }
}

/// <summary>a + b + …, ONNX <c>Sum</c> opset 13.</summary>
public sealed record Sum : VariadicOperator
{
    /// <inheritdoc/>
    public override string Type => "Sum";

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Sum(this, context);
}

/// <summary>(a + b + …) / number of inputs, ONNX <c>Mean</c> opset 13.</summary>
public sealed record Mean : VariadicOperator
{
    /// <inheritdoc/>
    public override string Type => "Mean";

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Mean(this, context);
}

/// <summary>The largest of the inputs' values, ONNX <c>Max</c> opset 13.</summary>
public sealed record Max : VariadicOperator
{
    /// <inheritdoc/>
    public override string Type => "Max";

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Max(this, context);
}

/// <summary>The smallest of the inputs' values, ONNX <c>Min</c> opset 13.</summary>
public sealed record Min : VariadicOperator
{
    /// <inheritdoc/>
    public override string Type => "Min";

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Min(this, context);
}
