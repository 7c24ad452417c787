namespace Toolchain.Graphs;

/// <summary>An operator that makes one value of all values along some axes. In files the axes are an attribute or an input, as the opset has it.</summary>
/// <param name="Axes">May count from the end; empty for all.</param>
/// <param name="KeepDims">Whether the reduced axes stay with size 1.</param>
public abstract record Reduction(EquatableArray<long> Axes, bool KeepDims) : Operator
{
    /// <summary>The opset from which on the axes are an input in files.</summary>
    public virtual int AxesAreInputSince => 18;

    /// <inheritdoc/>
    public sealed override IEnumerable<Attribute> Attributes => [.. Optional("axes", Axes), .. Unless(1, "keepdims", KeepDims ? 1 : 0)];

    /// <summary>The axes of an input of the given rank, counted from the beginning and in order.</summary>
    /// <exception cref="ToolchainException">The input has no such axis.</exception>
    public EquatableArray<long> AxesOf(NodeContext node, int rank) =>
        Axes.IsEmpty ? Enumerable.Range(0, rank).Select(static i => (long)i).ToEquatableArray() : Axes.Select(a => (long)node.Axis(a, rank)).Distinct().Order().ToEquatableArray();

    /// <inheritdoc/>
    public sealed override EquatableArray<TensorType> Infer(NodeContext node)
    {
        if (node.Shape(0) is not { } input)
        {
            return [new(node.Input(0).Element, null)];
        }

        var axes = AxesOf(node, input.Rank);
        var kept = input.Select((d, axis) => (Dimension: axes.Contains(axis) ? 1 : d, Reduced: axes.Contains(axis)));
        return [new(node.Input(0).Element, [.. kept.Where(d => KeepDims || !d.Reduced).Select(static d => d.Dimension)])];
    }
}

/// <summary>Mean over axes, ONNX <c>ReduceMean</c> opset 13.</summary>
public sealed record ReduceMean(EquatableArray<long> Axes = default, bool KeepDims = true) : Reduction(Axes, KeepDims)
{
    /// <inheritdoc/>
    public override string Type => "ReduceMean";

    internal static ReduceMean Read(AttributeReader a) => new(a.Ints("axes"), a.Flag("keepdims", true));

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.ReduceMean(this, context);
}

/// <summary>Sum over axes, ONNX <c>ReduceSum</c> opset 13.</summary>
public sealed record ReduceSum(EquatableArray<long> Axes = default, bool KeepDims = true) : Reduction(Axes, KeepDims)
{
    /// <inheritdoc/>
    public override string Type => "ReduceSum";

    /// <inheritdoc/>
    public override int AxesAreInputSince => 13;

    internal static ReduceSum Read(AttributeReader a) => new(a.Ints("axes"), a.Flag("keepdims", true));

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.ReduceSum(this, context);
}

/// <summary>The largest value over axes, ONNX <c>ReduceMax</c> opset 13.</summary>
public sealed record ReduceMax(EquatableArray<long> Axes = default, bool KeepDims = true) : Reduction(Axes, KeepDims)
{
    /// <inheritdoc/>
    public override string Type => "ReduceMax";

    internal static ReduceMax Read(AttributeReader a) => new(a.Ints("axes"), a.Flag("keepdims", true));

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.ReduceMax(this, context);
}

/// <summary>The smallest value over axes, ONNX <c>ReduceMin</c> opset 13.</summary>
public sealed record ReduceMin(EquatableArray<long> Axes = default, bool KeepDims = true) : Reduction(Axes, KeepDims)
{
    /// <inheritdoc/>
    public override string Type => "ReduceMin";

    internal static ReduceMin Read(AttributeReader a) => new(a.Ints("axes"), a.Flag("keepdims", true));

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.ReduceMin(this, context);
}

/// <summary>The Euclidean norm over axes, ONNX <c>ReduceL2</c> opset 13.</summary>
public sealed record ReduceL2(EquatableArray<long> Axes = default, bool KeepDims = true) : Reduction(Axes, KeepDims)
{
    /// <inheritdoc/>
    public override string Type => "ReduceL2";

    internal static ReduceL2 Read(AttributeReader a) => new(a.Ints("axes"), a.Flag("keepdims", true));

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.ReduceL2(this, context);
}

/// <summary>The position of the largest value along an axis as int64, ONNX <c>ArgMax</c> opset 13.</summary>
/// <param name="Axis">May count from the end.</param>
/// <param name="KeepDims">Whether the axis stays with size 1.</param>
/// <param name="SelectLastIndex">Which of several largest values counts: the last one, or by default the first.</param>
public sealed record ArgMax(long Axis = 0, bool KeepDims = true, bool SelectLastIndex = false) : Operator
{
    /// <inheritdoc/>
    public override string Type => "ArgMax";

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes =>
        [.. Unless(0, "axis", Axis), .. Unless(1, "keepdims", KeepDims ? 1 : 0), .. Unless(0, "select_last_index", SelectLastIndex ? 1 : 0)];

    internal static ArgMax Read(AttributeReader a) => new(a.Int("axis", 0), a.Flag("keepdims", true), a.Flag("select_last_index"));

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        if (node.Shape(0) is not { } input)
        {
            return [new(ElementType.Int64, null)];
        }

        var axis = node.Axis(Axis, input.Rank);
        return input[axis] == 0
            ? throw node.Fail($"axis {axis} of {input} has no value to choose")
            : [new(ElementType.Int64, KeepDims ? input.With(axis, 1) : [.. input.Where((_, i) => i != axis)])];
    }

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.ArgMax(this, context);
}
