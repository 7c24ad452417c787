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

    // One symbol alone stays itself, so that a batch N is still N after flattening.
    private static Dimension Product(IEnumerable<Dimension> dimensions) => dimensions.ToArray() switch
    {
        [var only] => only,
        var many when many.All(static d => d.IsKnown) => many.Aggregate(1L, static (product, d) => checked(product * d.Value)),
        _ => Dimension.Unknown,
    };
}

/// <summary>Gives a tensor another shape, ONNX <c>Reshape</c> opset 14; input 1 is the constant target: 0 copies a dimension, −1 is what remains.</summary>
public sealed record Reshape(bool AllowZero = false) : Operator
{
    /// <inheritdoc/>
    public override string Type => "Reshape";

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes => Unless(0, "allowzero", AllowZero ? 1 : 0);

    internal static Reshape Read(AttributeReader a) => new(a.Flag("allowzero"));

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        _ = node.Input(1);
        var target = node.Longs(1, "shape")!.Value;
        var input = node.Shape(0);
        var result = new Dimension[target.Count];
        var open = -1;
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = target[i] switch
            {
                0 when !AllowZero => input is null ? Dimension.Unknown : i < input.Rank ? input[i] : throw node.Fail($"the target {target} copies dimension {i}, which {input} lacks"),
                -1 when open < 0 => Dimension.Unknown,
                -1 => throw node.Fail($"the target {target} has more than one −1"),
                < -1 => throw node.Fail($"the target {target} has a negative dimension"),
                var size => size,
            };
            open = target[i] == -1 ? i : open;
        }

        if (input is not null)
        {
            Solve(node, input, result, open);
        }

        return [new(node.Input(0).Element, [.. result])];
    }

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Reshape(this, context);

    private static void Solve(NodeContext node, Shape input, Dimension[] result, int open)
    {
        // Symbols that stand on both sides cancel, so that [N, 8, 4] → [0, −1] is [N, 32].
        var have = input.ToList();
        var want = result.Where((_, i) => i != open).ToList();
        foreach (var symbol in want.Where(static d => d.Symbol is not null).ToArray())
        {
            if (have.Remove(symbol))
            {
                want.Remove(symbol);
            }
        }

        if (!have.All(static d => d.IsKnown) || !want.All(static d => d.IsKnown))
        {
            return;
        }

        var (elements, fixedPart) = (Product(have), Product(want));
        var fits = open < 0 ? elements == fixedPart : fixedPart > 0 && elements % fixedPart == 0;
        if (!fits)
        {
            throw node.Fail($"{input} cannot be reshaped to [{string.Join(", ", result)}]: the number of elements differs");
        }

        if (open >= 0)
        {
            result[open] = elements / fixedPart;
        }

        static long Product(List<Dimension> dimensions) => dimensions.Aggregate(1L, static (product, d) => checked(product * d.Value));
    }
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
}
