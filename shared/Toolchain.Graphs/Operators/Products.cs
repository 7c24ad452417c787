namespace Toolchain.Graphs;

/// <summary>
/// Y = α·A'·B' + β·C, ONNX <c>Gemm</c> opset 13. A [M, K], B [K, N], optional C broadcastable to [M, N]; each of A and B may be stored transposed.
/// A fully connected layer is Gemm with B = weight [out, in] stored transposed.
/// </summary>
public sealed record Gemm(float Alpha = 1, float Beta = 1, bool TransA = false, bool TransB = false) : Operator
{
    /// <inheritdoc/>
    public override string Type => "Gemm";

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes =>
        [.. Unless(1f, "alpha", Alpha), .. Unless(1f, "beta", Beta), .. Unless(0, "transA", TransA ? 1 : 0), .. Unless(0, "transB", TransB ? 1 : 0)];

    internal static Gemm Read(AttributeReader a) => new(a.Float("alpha", 1), a.Float("beta", 1), a.Flag("transA"), a.Flag("transB"));

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        var (a, b) = (node.Shape(0, 2, "a matrix; flatten the input first"), node.Shape(1, 2, "a matrix"));
        if (a is null || b is null)
        {
            return [new(node.Input(0).Element, null)];
        }

        var (rows, inner) = TransA ? (a[1], a[0]) : (a[0], a[1]);
        var (expected, columns) = TransB ? (b[1], b[0]) : (b[0], b[1]);
        if (!inner.Admits(expected))
        {
            throw node.Fail($"the weight expects {expected} features, found {inner} in {a}");
        }

        Shape output = [rows, columns];
        return !node.Has(2) || node.Shape(2) is not { } bias || (bias.Rank <= 2 && bias.Reverse().Zip(output.Reverse()).All(static p => p.First == 1 || p.First.Admits(p.Second)))
            ? [new(node.Input(0).Element, output)]
            : throw node.Fail($"the bias must be broadcastable to {output}, found {bias}");
    }

    /// <inheritdoc/>
    public override long MultiplyAdds(NodeContext node, Shape output) =>
        checked((output.Elements() ?? 0) * (node.Shape(1) is { IsKnown: true } b ? b[TransB ? 1 : 0].Value : 0));

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Gemm(this, context);
}

/// <summary>Matrix product with numpy's broadcasting of leading axes, ONNX <c>MatMul</c> opset 13. A […, M, K] · B […, K, N] → […, M, N].</summary>
public sealed record MatMul : Operator
{
    /// <inheritdoc/>
    public override string Type => "MatMul";

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        if (node.Shape(0) is not { } a || node.Shape(1) is not { } b)
        {
            return [new(node.Input(0).Element, null)];
        }

        if (a.Rank == 0 || b.Rank == 0)
        {
            throw node.Fail($"scalars have no matrix product, found {a} and {b}");
        }

        // A vector is a one-row (left) or one-column (right) matrix whose extra axis is dropped again.
        Shape left = a.Rank == 1 ? [1, a[0]] : a;
        Shape right = b.Rank == 1 ? [b[0], 1] : b;
        if (!left[^1].Admits(right[^2]))
        {
            throw node.Fail($"inner sizes differ: {a} · {b}");
        }

        var lead = Broadcasting.Combine(node, [.. left.Take(left.Rank - 2)], [.. right.Take(right.Rank - 2)]);
        return [new(node.Input(0).Element, [.. lead, .. a.Rank == 1 ? [] : new[] { left[^2] }, .. b.Rank == 1 ? [] : new[] { right[^1] }])];
    }

    /// <inheritdoc/>
    public override long MultiplyAdds(NodeContext node, Shape output) =>
        checked((output.Elements() ?? 0) * (node.Shape(0) is { } a && a[^1].IsKnown ? a[^1].Value : 0));

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.MatMul(this, context);
}
