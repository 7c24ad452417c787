namespace Toolchain.Graphs;

/// <summary>The input's shape as an int64 list, ONNX <c>Shape</c> opset 15.</summary>
/// <param name="Start">The first axis; may count from the end.</param>
/// <param name="End">The axis before which the list ends; may count from the end; null for all of them.</param>
public sealed record ShapeOf(long Start = 0, long? End = null) : Operator
{
    /// <inheritdoc/>
    public override string Type => "Shape";

    /// <inheritdoc/>
    public override int Since => Start == 0 && End is null ? base.Since : 15;

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes => [.. End is { } end ? [new("end", new AttributeValue.Int(end))] : Array.Empty<Attribute>(), .. Unless(0, "start", Start)];

    internal static ShapeOf Read(AttributeReader a) => new(a.Int("start", 0), a.Has("end") ? a.Int("end", 0) : null);

    /// <summary>The axes that it lists, of a tensor of a rank.</summary>
    public (int First, int Count) Axes(int rank)
    {
        var (first, last) = (Math.Clamp(Start < 0 ? Start + rank : Start, 0, rank), End is { } end ? Math.Clamp(end < 0 ? end + rank : end, 0, rank) : rank);
        return ((int)first, (int)Math.Max(0, last - first));
    }

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node) =>
        [new(ElementType.Int64, [node.Shape(0) is { } input ? Axes(input.Rank).Count : Dimension.Unknown])];

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.ShapeOf(this, context);

    /// <inheritdoc/>
    protected override KnownIntegers? Evaluate(NodeContext node, EquatableArray<long> dimensions) =>
        node.Shape(0) is { } input ? new(dimensions, input.Skip(Axes(input.Rank).First).Take((int)dimensions[0]).ToEquatableArray()) : null;
}

/// <summary>A tensor of a computed shape that holds one value everywhere, ONNX <c>ConstantOfShape</c> opset 9. Input: the shape, int64.</summary>
/// <param name="Value">One value; float32 0 when null.</param>
public sealed record ConstantOfShape(TensorData? Value = null) : Operator
{
    private static readonly TensorData Zero = TensorData.Of<float>([0]);

    /// <inheritdoc/>
    public override string Type => "ConstantOfShape";

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes => Value is null ? [] : [new("value", new AttributeValue.Tensor(Value))];

    /// <summary>The value with its default filled in.</summary>
    public TensorData Fill => Value ?? Zero;

    internal static ConstantOfShape Read(AttributeReader a) => a.Tensor("value") is { } value && value.ElementCount != 1
        ? throw a.Fail("value", "a tensor of one value", value.ToString())
        : new(a.Tensor("value"));

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        if (node.Items(0, "shape") is not { } sizes)
        {
            return [new(Fill.Type, null)];
        }

        return sizes.All(static s => !s.IsKnown || s.Value >= 0)
            ? [new(Fill.Type, [.. sizes])]
            : throw node.Fail($"a shape cannot be negative, found {sizes}");
    }

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.ConstantOfShape(this, context);

    /// <summary>They are equal when their values are.</summary>
    public bool Equals(ConstantOfShape? other) => other is not null && (Value is null ? other.Value is null : other.Value is not null && Value.ContentEquals(other.Value));

    /// <inheritdoc/>
    public override int GetHashCode() => Fill.Type.GetHashCode();

    /// <inheritdoc/>
    protected override KnownIntegers? Evaluate(NodeContext node, EquatableArray<long> dimensions) =>
        KnownIntegers.Of(Fill) is { } value ? KnownIntegers.Make(dimensions, _ => value.Items[0]) : null;
}

/// <summary>Repeats a tensor along axes of size 1, ONNX <c>Expand</c> opset 13. Inputs: data and the shape that it is broadcast with, int64.</summary>
public sealed record Expand : Operator
{
    /// <inheritdoc/>
    public override string Type => "Expand";

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        var (data, shape) = (node.Input(0), node.Items(1, "shape"));
        return [new(data.Element, data.Shape is { } from && shape is { } to ? Broadcasting.Combine(node, from, [.. to]) : null)];
    }

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Expand(this, context);

    /// <inheritdoc/>
    protected override KnownIntegers? Evaluate(NodeContext node, EquatableArray<long> dimensions) =>
        node.Integers(0) is { } known ? KnownIntegers.Make(dimensions, index => known.At(index)) : null;
}

/// <summary>Repeats a tensor as a whole along axes, ONNX <c>Tile</c> opset 13. Inputs: data and how often, one int64 per axis.</summary>
public sealed record Tile : Operator
{
    /// <inheritdoc/>
    public override string Type => "Tile";

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        var (data, repeats) = (node.Input(0), node.Items(1, "repeats"));
        if (data.Shape is not { } shape)
        {
            return [new(data.Element, null)];
        }

        if (repeats is not { } times)
        {
            return [new(data.Element, [.. shape.Select(static _ => Dimension.Unknown)])];
        }

        return times.Count == shape.Rank && times.All(static t => !t.IsKnown || t.Value >= 0)
            ? [new(data.Element, [.. shape.Zip(times, node.Times)])]
            : throw node.Fail($"the repeats must be {shape.Rank} numbers from 0 for {shape}, found {times}");
    }

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Tile(this, context);
}
