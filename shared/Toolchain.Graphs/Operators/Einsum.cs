namespace Toolchain.Graphs;

/// <summary>
/// Sums of products over named axes, ONNX <c>Einsum</c> opset 12: <c>bij,bjk-&gt;bik</c> is a batch of matrix products. Each term names the axes of one input by letters; without
/// an output term, the letters that stand once are its axes, in the order of the alphabet. A letter twice in one term (a diagonal) and <c>...</c> are read as
/// <see cref="Foreign"/>.
/// </summary>
/// <param name="Equation">The terms; blanks do not count.</param>
public sealed record Einsum(string Equation) : Operator
{
    private const string Arrow = "->";

    /// <inheritdoc/>
    public override string Type => "Einsum";

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes => [new("equation", new AttributeValue.Text(Equation))];

    private string[] Sides => Equation.Replace(" ", "", StringComparison.Ordinal).Split(Arrow);

    private string[] Terms => Sides[0].Split(',');

    private string Output => Sides is [_, var stated, ..]
        ? stated
        : string.Concat(Sides[0].Where(char.IsAsciiLetter).GroupBy(static letter => letter).Where(static g => g.Count() == 1).Select(static g => g.Key).Order());

    internal static Einsum? Read(AttributeReader a)
    {
        var op = new Einsum(a.Has("equation") ? a.Text("equation", "") : throw a.Fail("equation", "a string", "nothing"));
        return op.Sides.Length < 3 && Array.TrueForAll([.. op.Terms, op.Output], IsPlain) && op.Output.All(letter => op.Sides[0].Contains(letter, StringComparison.Ordinal)) ? op : null;
    }

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        var (terms, element) = (Terms, node.Input(0).Element);
        if (terms.Length != node.Count)
        {
            throw node.Fail($"equation '{Equation}' has {terms.Length} terms, found {node.Count} inputs");
        }

        if (node.Types.Any(type => type?.Element != element))
        {
            throw node.Fail($"all inputs must have one element type, found {string.Join(", ", node.Types)}");
        }

        var sizes = Sizes(node);
        return [new(element, [.. Output.Select(letter => sizes is null ? Dimension.Unknown : sizes[letter])])];
    }

    /// <summary>One multiplication and addition for each value of the output and each place along the axes that are summed over; moving the values of one input costs none.</summary>
    public override long MultiplyAdds(NodeContext node, Shape output) => Terms.Length < 2 || Sizes(node) is not { } sizes
        ? 0
        : sizes.Where(s => !Output.Contains(s.Key, StringComparison.Ordinal)).Aggregate(output.Elements() ?? 0, static (product, s) => checked(product * (s.Value.IsKnown ? s.Value.Value : 0)));

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Einsum(this, context);

    /// <summary>The size of each axis by its letter; null when the rank of an input is not known.</summary>
    private Dictionary<char, Dimension>? Sizes(NodeContext node)
    {
        var sizes = new Dictionary<char, Dimension>();
        foreach (var (index, term) in Terms.Index())
        {
            if (node.Shape(index) is not { } shape)
            {
                return null;
            }

            if (shape.Rank != term.Length)
            {
                throw node.Fail($"the term '{term}' of equation '{Equation}' has {term.Length} axes, found {shape}");
            }

            foreach (var (letter, size) in term.Zip(shape))
            {
                sizes[letter] = !sizes.TryGetValue(letter, out var known) ? size
                    : Common(known, size) ?? throw node.Fail($"axis '{letter}' of equation '{Equation}' has size {known} in one input and {size} in another");
            }
        }

        return sizes;
    }

    // A size of 1 is repeated; what is a number says more than what is not.
    private static Dimension? Common(Dimension a, Dimension b) =>
        a == 1 || a == b ? b
        : b == 1 ? a
        : !a.Admits(b) ? default(Dimension?)
        : a.IsKnown ? a
        : b.IsKnown ? b
        : Dimension.Unknown;

    private static bool IsPlain(string term) => term.All(char.IsAsciiLetter) && term.Distinct().Count() == term.Length;
}
