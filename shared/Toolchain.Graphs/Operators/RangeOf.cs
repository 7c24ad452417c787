namespace Toolchain.Graphs;

/// <summary>The numbers from a start in equal steps to before a limit, ONNX <c>Range</c> opset 11. Inputs: start, limit and delta, scalars of one type.</summary>
public sealed record RangeOf : Operator
{
    /// <inheritdoc/>
    public override string Type => "Range";

    /// <inheritdoc/>
    public override IReadOnlyList<int> Settings => [0, 1, 2];

    /// <summary>How many numbers there are.</summary>
    public static long Count(double start, double limit, double delta) => (long)Math.Max(0, Math.Ceiling((limit - start) / delta));

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        var type = node.Input(0).Element;
        for (var i = 0; i < 3; i++)
        {
            if (node.Input(i) is var input && (input.Element != type || input.Shape is { Rank: not 0 }))
            {
                throw node.Fail($"start, limit and delta must be scalars of one type, found {string.Join(", ", node.Types)}");
            }
        }

        return [new(type, [Size(node)])];
    }

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.RangeOf(this, context);

    /// <inheritdoc/>
    protected override KnownIntegers? Evaluate(NodeContext node, EquatableArray<long> dimensions) =>
        Item(node, 0) is { IsKnown: true } start && Item(node, 2) is { IsKnown: true } delta
            ? KnownIntegers.Make(dimensions, index => KnownIntegers.Sum(start, KnownIntegers.Product(index[0], delta)))
            : null;

    private static Dimension Size(NodeContext node)
    {
        if (Number(node, 0) is { } start && Number(node, 1) is { } limit && Number(node, 2) is { } delta)
        {
            return delta == 0 ? throw node.Fail("delta is 0")
                : Math.Abs((limit - start) / delta) < int.MaxValue ? Count(start, limit, delta)
                : throw node.Fail($"there are too many numbers from {start} to {limit} in steps of {delta}");
        }

        // From 0 to the size of an axis: as many as the axis has.
        return Item(node, 2) == 1 ? KnownIntegers.Difference(Item(node, 1), Item(node, 0)) : Dimension.Unknown;
    }

    private static Dimension Item(NodeContext node, int index) => node.Integers(index)?.Items is [var item] ? item : Dimension.Unknown;

    private static double? Number(NodeContext node, int index) =>
        node.ConstantValue(node.Node.Inputs[index]) is { ElementCount: 1 } constant ? constant.Number()
        : Item(node, index) is { IsKnown: true } item ? item.Value
        : null;
}
