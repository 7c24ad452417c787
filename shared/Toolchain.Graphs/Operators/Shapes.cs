namespace Toolchain.Graphs;

/// <summary>Makes a matrix of a tensor: axes before <paramref name="Axis"/> become the rows, the others the columns; ONNX <c>Flatten</c> opset 13.</summary>
public sealed record Flatten(long Axis = 1) : Operator
{
    /// <inheritdoc/>
    public override string Type => "Flatten";

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes => Unless(1, "axis", Axis);

    internal static Flatten Read(AttributeReader a) => new(a.Int("axis", 1));

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        if (node.Shape(0) is not { } input)
        {
            return [new(node.Input(0).Element, null)];
        }

        var axis = Axis == input.Rank ? input.Rank : node.Axis(Axis, input.Rank);
        return [new(node.Input(0).Element, [Product(input.Take(axis)), Product(input.Skip(axis))])];
    }

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Flatten(this, context);

    /// <inheritdoc/>
    protected override KnownIntegers? Evaluate(NodeContext node, EquatableArray<long> dimensions) =>
        node.Integers(0) is { } known ? known with { Dimensions = dimensions } : null;

    // One symbol alone stays itself, so that a batch N is still N after flattening.
    private static Dimension Product(IEnumerable<Dimension> dimensions) => dimensions.Where(static d => d != 1).ToArray() switch
    {
        [var only] => only,
        var many when many.All(static d => d.IsKnown) => many.Aggregate(1L, static (product, d) => checked(product * d.Value)),
        _ => Dimension.Unknown,
    };
}

/// <summary>Permutes the axes, ONNX <c>Transpose</c> opset 13.</summary>
/// <param name="Permutation">The source axis of each output axis; empty to reverse them.</param>
public sealed record Transpose(EquatableArray<long> Permutation = default) : Operator
{
    /// <inheritdoc/>
    public override string Type => "Transpose";

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes => Optional("perm", Permutation);

    internal static Transpose Read(AttributeReader a) => new(a.Ints("perm"));

    /// <summary>The source axis of each output axis for an input of the given rank.</summary>
    public EquatableArray<long> Order(int rank) => Permutation.IsEmpty ? Enumerable.Range(0, rank).Reverse().Select(static i => (long)i).ToEquatableArray() : Permutation;

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        if (node.Shape(0) is not { } input)
        {
            return [new(node.Input(0).Element, null)];
        }

        var order = Order(input.Rank);
        return order.Order().SequenceEqual(Enumerable.Range(0, input.Rank).Select(static i => (long)i))
            ? [new(node.Input(0).Element, [.. order.Select(axis => input[(int)axis])])]
            : throw node.Fail($"attribute 'perm' {order} is not a permutation of the {input.Rank} axes of {input}");
    }

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Transpose(this, context);

    /// <inheritdoc/>
    protected override KnownIntegers? Evaluate(NodeContext node, EquatableArray<long> dimensions)
    {
        var order = Order(dimensions.Count);
        return node.Integers(0) is { } known
            ? KnownIntegers.Make(dimensions, index =>
            {
                var source = new long[index.Length];
                for (var axis = 0; axis < index.Length; axis++)
                {
                    source[order[axis]] = index[axis];
                }

                return known.At(source);
            })
            : null;
    }
}

/// <summary>Joins tensors along an axis, ONNX <c>Concat</c> opset 13.</summary>
public sealed record Concat(long Axis) : Operator
{
    /// <inheritdoc/>
    public override string Type => "Concat";

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes => [new("axis", new AttributeValue.Int(Axis))];

    internal static Concat Read(AttributeReader a) => new(a.RequiredInt("axis"));

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        var first = node.Input(0);
        var shapes = Enumerable.Range(0, node.Count).Select(node.Shape).ToArray();
        if (shapes.Any(static s => s is null))
        {
            return [new(first.Element, null)];
        }

        var axis = node.Axis(Axis, shapes[0]!.Rank);
        var result = shapes[0]!;
        foreach (var shape in shapes.Skip(1))
        {
            var fits = shape!.Rank == result.Rank && shape.Select((d, i) => i == axis || d.Admits(result[i])).All(static ok => ok);
            if (!fits)
            {
                throw node.Fail($"{shape} cannot be joined to {result} along axis {axis}: the other dimensions must be equal");
            }

            result = result.With(axis, result[axis].IsKnown && shape[axis].IsKnown ? checked(result[axis].Value + shape[axis].Value) : Dimension.Unknown);
        }

        return [new(first.Element, result)];
    }

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Concat(this, context);

    /// <inheritdoc/>
    protected override KnownIntegers? Evaluate(NodeContext node, EquatableArray<long> dimensions)
    {
        var axis = node.Axis(Axis, dimensions.Count);
        var parts = Enumerable.Range(0, node.Count).Select(i => (Known: node.Integers(i), Length: node.Shape(i)![axis].Value)).ToArray();
        return Array.TrueForAll(parts, static p => p.Known is null) ? null : KnownIntegers.Make(dimensions, index =>
        {
            var place = (long[])index.Clone();
            var part = 0;
            for (; place[axis] >= parts[part].Length; part++)
            {
                place[axis] -= parts[part].Length;
            }

            return parts[part].Known?.At(place) ?? Dimension.Unknown;
        });
    }
}

/// <summary>Inserts axes of size 1, ONNX <c>Unsqueeze</c> opset 13; input 1 is the constant list of axes of the output.</summary>
public sealed record Unsqueeze : Operator
{
    /// <inheritdoc/>
    public override string Type => "Unsqueeze";

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        _ = node.Input(1);
        var axes = node.Longs(1, "axes")!.Value;
        if (node.Shape(0) is not { } input)
        {
            return [new(node.Input(0).Element, null)];
        }

        var rank = input.Rank + axes.Count;
        var ones = axes.Select(a => node.Axis(a, rank)).ToHashSet();
        if (ones.Count != axes.Count)
        {
            throw node.Fail($"the axes {axes} name one axis twice");
        }

        var rest = new Queue<Dimension>(input);
        return [new(node.Input(0).Element, [.. Enumerable.Range(0, rank).Select(i => ones.Contains(i) ? 1 : rest.Dequeue())])];
    }

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Unsqueeze(this, context);

    /// <inheritdoc/>
    protected override KnownIntegers? Evaluate(NodeContext node, EquatableArray<long> dimensions) =>
        node.Integers(0) is { } known ? known with { Dimensions = dimensions } : null;
}

/// <summary>Removes axes of size 1, ONNX <c>Squeeze</c> opset 13; input 1 is the constant list of axes, or left out for all of them.</summary>
public sealed record Squeeze : Operator
{
    /// <inheritdoc/>
    public override string Type => "Squeeze";

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        var axes = node.Longs(1, "axes");
        if (node.Shape(0) is not { } input || (axes is null && !input.IsKnown))
        {
            return [new(node.Input(0).Element, null)];
        }

        var drop = axes?.Select(a => node.Axis(a, input.Rank)).ToHashSet() ?? Enumerable.Range(0, input.Rank).Where(i => input[i] == 1).ToHashSet();
        foreach (var axis in drop)
        {
            if (!input[axis].Admits(1))
            {
                throw node.Fail($"axis {axis} of {input} is not 1");
            }
        }

        return [new(node.Input(0).Element, [.. input.Where((_, i) => !drop.Contains(i))])];
    }

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Squeeze(this, context);

    /// <inheritdoc/>
    protected override KnownIntegers? Evaluate(NodeContext node, EquatableArray<long> dimensions) =>
        node.Integers(0) is { } known ? known with { Dimensions = dimensions } : null;
}
