namespace Toolchain.Graphs;

/// <summary>Gives a tensor another shape, ONNX <c>Reshape</c> opset 14; input 1 is the target: 0 copies a dimension, −1 is what remains.</summary>
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
        if (node.Items(1, "shape") is not { } target)
        {
            return [new(node.Input(0).Element, null)];
        }

        var input = node.Shape(0);
        var result = new Dimension[target.Count];
        var open = -1;
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = target[i] switch
            {
                { IsKnown: false } computed => computed,
                { Value: 0 } when !AllowZero => input is null ? Dimension.Unknown : i < input.Rank ? input[i] : throw node.Fail($"the target {target} copies dimension {i}, which {input} lacks"),
                { Value: -1 } when open < 0 => Dimension.Unknown,
                { Value: -1 } => throw node.Fail($"the target {target} has more than one −1"),
                { Value: < -1 } => throw node.Fail($"the target {target} has a negative dimension"),
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

    /// <inheritdoc/>
    protected override KnownIntegers? Evaluate(NodeContext node, EquatableArray<long> dimensions) =>
        node.Integers(0) is { } known ? known with { Dimensions = dimensions } : null;

    /// <summary>Finds the dimension that the number of elements decides, and checks that the number stays.</summary>
    private static void Solve(NodeContext node, Shape input, Dimension[] result, int open)
    {
        // Symbols that stand on both sides cancel, so that [N, 8, 4] → [0, −1] is [N, 32].
        var have = input.ToList();
        var want = result.Index().Where(d => d.Index != open).ToList();
        foreach (var symbol in want.Where(static d => d.Item.Symbol is not null).ToArray())
        {
            if (have.Remove(symbol.Item))
            {
                want.Remove(symbol);
            }
        }

        // What is left of both sides may decide one dimension: the open one, or one that is computed and not known.
        var unknown = want.Where(static d => !d.Item.IsKnown).Select(static d => d.Index).ToArray();
        var symbols = have.Where(static d => !d.IsKnown).ToArray();
        var place = (open, unknown) switch { ( >= 0, []) => open, ( < 0, [var one]) => one, _ => -1 };
        if (symbols.Length > 1 || (symbols.Length == 1 && place < 0) || (unknown.Length > 0 && place < 0))
        {
            return;
        }

        var (elements, rest) = (Product(node, have.Where(static d => d.IsKnown)), Product(node, want.Select(static d => d.Item).Where(static d => d.IsKnown)));
        if (symbols is [var remaining])
        {
            // [N, 8, 4] → [−1, 32] is [N, 32]; [N, 8, 4] → [−1, 16] has twice as many rows as N.
            result[place] = elements == rest ? remaining : result[place];
            return;
        }

        var fits = place < 0 ? elements == rest : rest > 0 ? elements % rest == 0 : open < 0 && elements == 0;
        if (!fits)
        {
            throw node.Fail($"{input} cannot be reshaped to [{string.Join(", ", result)}]: the number of elements differs");
        }

        if (place >= 0 && rest > 0)
        {
            result[place] = elements / rest;
        }
    }

    private static long Product(NodeContext node, IEnumerable<Dimension> dimensions) => dimensions.Aggregate((Dimension)1, node.Times).Value;
}
