namespace Toolchain.Graphs;

/// <summary>
/// Dropout, ONNX opset 13. Inputs: X and the optional constant ratio (default 0.5). The graph holds the inference form, which passes X on;
/// while training, the executor zeroes each value with probability ratio and scales the others by 1/(1 − ratio).
/// </summary>
public sealed record Dropout : Operator
{
    /// <inheritdoc/>
    public override string Type => "Dropout";

    /// <inheritdoc/>
    public override IReadOnlyList<int> Settings => [1, 2];

    internal static Dropout Read(AttributeReader a)
    {
        // The seed only concerns random numbers, which a training run draws from its own generator.
        a.Int("seed", 0);
        return new();
    }

    /// <summary>The probability of zeroing a value.</summary>
    public static float Ratio(NodeContext node) => (float?)node.Number(1, "ratio") ?? 0.5f;

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        if (Ratio(node) is not (>= 0 and < 1))
        {
            throw node.Fail($"the ratio must be at least 0 and below 1, found {Ratio(node)}");
        }

        if (node.Scalar<bool>(2, "training_mode") is true)
        {
            throw node.Fail("training_mode is true; a model holds the inference form");
        }

        return node.Node.Outputs.Count == 1 ? [node.Input(0)] : throw node.Fail("the second output (mask) is not supported");
    }

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Dropout(this, context);
}
