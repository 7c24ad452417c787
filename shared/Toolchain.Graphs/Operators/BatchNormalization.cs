namespace Toolchain.Graphs;

/// <summary>
/// Batch normalisation, ONNX <c>BatchNormalization</c> opset 15 (Ioffe and Szegedy 2015). Inputs: X [N, C, …], scale, B, mean and variance, each [C].
/// The graph holds the inference form; while training, the executor normalises by the batch's statistics and updates mean and variance in place.
/// </summary>
/// <param name="Epsilon">Added to the variance.</param>
/// <param name="Momentum">The share of the running statistics that stays: 1 − PyTorch's momentum.</param>
public sealed record BatchNormalization(float Epsilon = 1e-5f, float Momentum = 0.9f) : Operator
{
    /// <inheritdoc/>
    public override string Type => "BatchNormalization";

    /// <summary>The running mean and variance.</summary>
    public override IReadOnlyList<int> Settings => [3, 4];

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes => [.. Unless(1e-5f, "epsilon", Epsilon), .. Unless(0.9f, "momentum", Momentum)];

    internal static BatchNormalization Read(AttributeReader a)
    {
        a.Expect("training_mode", 0);
        a.Expect("spatial", 1);
        return new(a.Float("epsilon", 1e-5f), a.Float("momentum", 0.9f));
    }

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        var input = node.Input(0);
        for (var i = 1; i < 5; i++)
        {
            if (input.Shape is { Rank: > 1 } shape && node.Shape(i) is { } parameter && (parameter.Rank != 1 || !parameter[0].Admits(shape[1])))
            {
                throw node.Fail($"input {i} must have one value per channel, [{shape[1]}], found {parameter}");
            }
        }

        return node.Node.Outputs.Count == 1 ? [input] : throw node.Fail("only the first output is supported");
    }

    /// <inheritdoc/>
    public override long MultiplyAdds(NodeContext node, Shape output) => output.Elements() ?? 0;

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.BatchNormalization(this, context);
}
