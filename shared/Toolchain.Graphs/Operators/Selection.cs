namespace Toolchain.Graphs;

/// <summary>
/// Picks slices along an axis by their numbers, ONNX <c>Gather</c> opset 13. Inputs: data and indices (int64 or int32; negative ones count from the end).
/// The axis is replaced by the axes of the indices.
/// </summary>
public sealed record Gather(long Axis = 0) : Operator
{
    /// <inheritdoc/>
    public override string Type => "Gather";

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes => Unless(0, "axis", Axis);

    internal static Gather Read(AttributeReader a) => new(a.Int("axis", 0));

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        var (data, indices) = (node.Input(0), node.Input(1));
        if (indices.Element is not (ElementType.Int64 or ElementType.Int32))
        {
            throw node.Fail($"the indices must be int64 or int32, found {indices}");
        }

        if (data.Shape is not { } from || indices.Shape is not { } places)
        {
            return [new(data.Element, null)];
        }

        var axis = node.Axis(Axis, from.Rank);
        if (from[axis].IsKnown && node.Integers(1)?.Items.FirstOrDefault(i => i.IsKnown && (i.Value < -from[axis].Value || i.Value >= from[axis].Value)) is { IsKnown: true } outside)
        {
            throw node.Fail($"index {outside} is outside of axis {axis} of {from}");
        }

        return [new(data.Element, [.. from.Take(axis), .. places, .. from.Skip(axis + 1)])];
    }

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Gather(this, context);

    /// <inheritdoc/>
    protected override KnownIntegers? Evaluate(NodeContext node, EquatableArray<long> dimensions)
    {
        if (node.Integers(0) is not { } data || node.Integers(1) is not { } indices)
        {
            return null;
        }

        var (axis, inner) = (node.Axis(Axis, data.Dimensions.Count), indices.Dimensions.Count);
        return KnownIntegers.Make(dimensions, index => indices.At(index.AsSpan(axis, inner)) is { IsKnown: true } place
            ? data.At([.. index.AsSpan(0, axis), place.Value < 0 ? place.Value + data.Dimensions[axis] : place.Value, .. index.AsSpan(axis + inner)])
            : Dimension.Unknown);
    }
}

/// <summary>
/// Cuts ranges out of axes, ONNX <c>Slice</c> opset 13. Inputs: data, starts, ends, and optionally axes (all of them in order) and steps (1), lists of int64 or int32.
/// Positions may count from the end, and are clamped into the tensor; negative steps go backwards.
/// </summary>
public sealed record Slice : Operator
{
    /// <inheritdoc/>
    public override string Type => "Slice";

    /// <summary>Where a range of an axis begins, and how many values it takes.</summary>
    /// <param name="start">As the node has it.</param>
    /// <param name="end">As the node has it.</param>
    /// <param name="step">Not 0.</param>
    /// <param name="size">The axis's size.</param>
    public static (long First, long Count) Range(long start, long end, long step, long size)
    {
        if (size == 0)
        {
            return (0, 0);
        }

        var (first, last) = step > 0
            ? (Math.Clamp(FromEnd(start, size), 0, size), Math.Clamp(FromEnd(end, size), 0, size))
            : (Math.Clamp(FromEnd(start, size), 0, size - 1), Math.Clamp(FromEnd(end, size), -1, size - 1));
        var (span, stride) = step > 0 ? (last - first, step) : (first - last, step == long.MinValue ? long.MaxValue : -step);
        return (first, span <= 0 ? 0 : ((span - 1) / stride) + 1);
    }

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        var (data, starts, ends) = (node.Input(0), node.Items(1, "starts"), node.Items(2, "ends"));
        var axes = node.Has(3) ? node.Items(3, "axes") : starts is { } all ? Enumerable.Range(0, all.Count).Select(static i => (Dimension)i).ToEquatableArray() : null;
        var steps = node.Has(4) ? node.Items(4, "steps") : starts is { } every ? EquatableArray.Repeat<Dimension>(1, every.Count) : null;
        if (data.Shape is not { } input)
        {
            return [new(data.Element, null)];
        }

        if (starts is not { } from || ends is not { } to || axes is not { } along || steps is not { } by || along.Any(static a => !a.IsKnown))
        {
            return [new(data.Element, [.. input.Select(static _ => Dimension.Unknown)])];
        }

        if (from.Count != to.Count || from.Count != along.Count || from.Count != by.Count)
        {
            throw node.Fail($"starts, ends, axes and steps must have equally many items, found {from.Count}, {to.Count}, {along.Count} and {by.Count}");
        }

        var result = input.ToArray();
        for (var i = 0; i < along.Count; i++)
        {
            var axis = node.Axis(along[i].Value, input.Rank);
            result[axis] = by[i] == 0 ? throw node.Fail("a step of 0 never ends") : Size(from[i], to[i], by[i], input[axis]);
        }

        return [new(data.Element, [.. result])];
    }

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Slice(this, context);

    /// <inheritdoc/>
    protected override KnownIntegers? Evaluate(NodeContext node, EquatableArray<long> dimensions)
    {
        if (node.Integers(0) is not { } data || node.Integers(1) is not { IsKnown: true } starts || node.Integers(2) is not { IsKnown: true } ends)
        {
            return null;
        }

        var (axes, steps) = (node.Integers(3), node.Integers(4));
        if (axes?.IsKnown == false || steps?.IsKnown == false)
        {
            return null;
        }

        var ranges = new (long First, long Step)[dimensions.Count];
        Array.Fill(ranges, (0, 1));
        for (var i = 0; i < starts.Items.Count; i++)
        {
            var (axis, step) = (node.Axis(axes?.Items[i].Value ?? i, dimensions.Count), steps?.Items[i].Value ?? 1);
            ranges[axis] = (Range(starts.Items[i].Value, ends.Items[i].Value, step, data.Dimensions[axis]).First, step);
        }

        return KnownIntegers.Make(dimensions, index => data.At([.. index.Select((place, axis) => ranges[axis].First + (place * ranges[axis].Step))]));
    }

    private static Dimension Size(Dimension start, Dimension end, Dimension step, Dimension size) => (start.IsKnown && end.IsKnown && step.IsKnown, size.IsKnown) switch
    {
        (true, true) => Range(start.Value, end.Value, step.Value, size.Value).Count,

        // Exporters write «to the end» as the largest number.
        (true, false) when start == 0 && step == 1 && end.Value >= int.MaxValue => size,
        (false, false) when start == 0 && step == 1 && end == size && size.Symbol is not null => size,
        _ => Dimension.Unknown,
    };

    private static long FromEnd(long place, long size) => place < 0 ? (place < -size ? -1 : place + size) : place;
}

/// <summary>
/// Cuts a tensor into parts along an axis, one per output, ONNX <c>Split</c> opset 13. Inputs: data and optionally the parts' sizes, which must be constant or
/// follow from shapes. Without them the parts are equal; the last one may be smaller, as opset 18 has it.
/// </summary>
/// <param name="Axis">May count from the end.</param>
public sealed record Split(long Axis = 0) : Operator
{
    /// <inheritdoc/>
    public override string Type => "Split";

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes => Unless(0, "axis", Axis);

    internal static Split Read(AttributeReader a) => new(a.Int("axis", 0));

    /// <summary>The sizes of the parts of an axis.</summary>
    /// <param name="node">The node.</param>
    /// <param name="size">The axis's size.</param>
    /// <exception cref="ToolchainException">The sizes do not add up.</exception>
    public static EquatableArray<long> Sizes(NodeContext node, long size)
    {
        var count = node.Node.Outputs.Count;
        if (node.Longs(1, "split") is { } given)
        {
            return given.Count == count && given.All(static g => g >= 0) && given.Aggregate((Int128)0, static (sum, g) => sum + g) == size
                ? given
                : throw node.Fail($"the sizes {given} do not divide {size} values into {count} parts");
        }

        var each = (size + count - 1) / count;
        return Enumerable.Range(0, count).Select(i => Math.Clamp(size - (i * each), 0, each)).ToEquatableArray();
    }

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        var input = node.Input(0);
        if (input.Shape is not { } shape)
        {
            return EquatableArray.Repeat(input, node.Node.Outputs.Count);
        }

        var axis = node.Axis(Axis, shape.Rank);
        if (shape[axis].IsKnown)
        {
            return Sizes(node, shape[axis].Value).Select(size => input with { Shape = shape.With(axis, size) }).ToEquatableArray();
        }

        var given = node.Longs(1, "split");
        return given is { } sizes && sizes.Count != node.Node.Outputs.Count
            ? throw node.Fail($"there are {sizes.Count} sizes for {node.Node.Outputs.Count} outputs")
            : node.Node.Outputs.Select((_, i) => input with { Shape = shape.With(axis, given is { } known ? known[i] : Dimension.Unknown) }).ToEquatableArray();
    }

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Split(this, context);
}
