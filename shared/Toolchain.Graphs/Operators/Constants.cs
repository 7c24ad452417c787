namespace Toolchain.Graphs;

/// <summary>Converts values to another element type, ONNX <c>Cast</c> opset 13.</summary>
public sealed record Cast(ElementType To) : Operator
{
    /// <inheritdoc/>
    public override string Type => "Cast";

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes => [new("to", new AttributeValue.Int((long)To))];

    internal static Cast Read(AttributeReader a)
    {
        var number = a.RequiredInt("to");
        return number is >= 0 and <= int.MaxValue && Enum.IsDefined((ElementType)number)
            ? new((ElementType)number)
            : throw a.Fail("to", "an element type", number.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node) => [new(To, node.Shape(0))];

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Cast(this, context);

    /// <inheritdoc/>
    protected override KnownIntegers? Evaluate(NodeContext node, EquatableArray<long> dimensions) => To switch
    {
        ElementType.Bool => node.Integers(0) is { } known
            ? known with { Items = known.Items.Select(static i => !i.IsKnown ? Dimension.Unknown : i.Value == 0 ? 0 : 1).ToEquatableArray() }
            : null,
        ElementType.Int64 or ElementType.Int32 or ElementType.Float32 or ElementType.Float64 => node.Integers(0),
        _ => null,
    };
}

/// <summary>Passes its input on, ONNX <c>Identity</c> opset 13.</summary>
public sealed record Identity : UnaryOperator
{
    /// <inheritdoc/>
    public override string Type => "Identity";

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Identity(this, context);

    /// <inheritdoc/>
    protected override KnownIntegers? Evaluate(NodeContext node, EquatableArray<long> dimensions) => node.Integers(0);
}

/// <summary>A value that never changes and is not trained, ONNX <c>Constant</c> opset 13: the target of a reshape, the mean of a normalisation.</summary>
public sealed record Constant(TensorData Value) : Operator
{
    /// <inheritdoc/>
    public override string Type => "Constant";

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes => [new("value", new AttributeValue.Tensor(Value))];

    internal static Constant Read(AttributeReader a) => new(a.Tensor("value") ?? Scalars(a));

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node) => [Value.TensorType];

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Constant(this, context);

    /// <summary>Constants are equal when their values are.</summary>
    public bool Equals(Constant? other) => other is not null && Value.ContentEquals(other.Value);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Value.Type, Value.Dimensions);

    private static TensorData Scalars(AttributeReader a) =>
        a.Has("value_int") ? TensorData.Scalar(a.Int("value_int", 0))
        : a.Has("value_float") ? TensorData.Scalar(a.Float("value_float", 0))
        : a.Has("value_ints") ? TensorData.Of(a.Ints("value_ints").AsSpan())
        : a.Has("value_floats") ? TensorData.Of(a.Floats("value_floats").AsSpan())
        : throw a.Fail("value", "a tensor, or value_int, value_ints, value_float or value_floats", "none of them");
}

/// <summary>
/// An operator that the toolchain does not know, with everything it had: such a graph can be inspected, merged, exported and served;
/// training it is refused by name.
/// </summary>
/// <param name="Name">ONNX's <c>op_type</c>.</param>
/// <param name="Space">ONNX's operator domain.</param>
/// <param name="Kept">The attributes as they were read.</param>
public sealed record Foreign(string Name, string Space, EquatableArray<Attribute> Kept) : Operator
{
    /// <summary>
    /// The opset of the default domain whose form it has, where that is not the form of <see cref="Graph.DefaultOpset"/>; it can be written at that opset
    /// only. Null otherwise, and for other domains.
    /// </summary>
    public int? Opset { get; init; }

    /// <inheritdoc/>
    public override string Type => Name;

    /// <inheritdoc/>
    public override string Domain => Space;

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes => Kept;

    /// <summary>Nothing is known of its outputs; the file's <c>value_info</c> may know more.</summary>
    public override EquatableArray<TensorType> Infer(NodeContext node) => [];

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Foreign(this, context);
}
