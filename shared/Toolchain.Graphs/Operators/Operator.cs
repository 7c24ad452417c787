namespace Toolchain.Graphs;

/// <summary>
/// An ONNX operator with its typed attributes. Each operator of the default domain that the toolchain knows is one sealed record;
/// the records describe opset <see cref="Graph.DefaultOpset"/>. What it does not know is a <see cref="Foreign"/>.
/// </summary>
public abstract record Operator
{
    /// <summary>ONNX's <c>op_type</c>.</summary>
    public abstract string Type { get; }

    /// <summary>ONNX's operator domain; empty for the default one.</summary>
    public virtual string Domain => "";

    /// <summary>The attributes that differ from ONNX's defaults, in the order of the operator's documentation.</summary>
    public virtual IEnumerable<Attribute> Attributes => [];

    /// <summary>
    /// The first opset that has the operator with these attributes; at an earlier one it is written as the nodes that <see cref="Decomposition"/> knows.
    /// </summary>
    public virtual int Since => Onnx.Opsets.First;

    /// <summary>Inputs that are settings of the operator and no weights, so that training leaves them as they are.</summary>
    public virtual IReadOnlyList<int> Settings => [];

    /// <summary>The types of the outputs.</summary>
    /// <exception cref="ToolchainException">Inputs do not fit the operator; the message names the node, expected and found.</exception>
    public abstract EquatableArray<TensorType> Infer(NodeContext node);

    /// <summary>What is known of the integers of the first output: the shapes that a graph computes with. Null when nothing is.</summary>
    /// <param name="node">The node.</param>
    /// <param name="output">The first output's type.</param>
    public KnownIntegers? Known(NodeContext node, TensorType output) => output.Shape is { IsKnown: true } shape && shape.All(static d => d.Value <= KnownIntegers.Limit)
        && shape.Rank <= KnownIntegers.Limit && shape.Aggregate(1L, static (product, d) => Math.Min(product * d.Value, KnownIntegers.Limit + 1L)) <= KnownIntegers.Limit
            ? Evaluate(node, shape.Select(static d => d.Value).ToEquatableArray())
            : null;

    /// <summary>What is known of the integers of the first output, which has the given few dimensions; null when nothing is.</summary>
    protected virtual KnownIntegers? Evaluate(NodeContext node, EquatableArray<long> dimensions) => null;

    /// <summary>Multiply–add operations of one evaluation with the given output; 0 for operators that only move or transform values one by one.</summary>
    public virtual long MultiplyAdds(NodeContext node, Shape output) => 0;

    /// <summary>Calls the visitor's method for this operator, so that adding an operator makes the compiler name every reader that lacks it.</summary>
    public abstract TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context);

    /// <summary>An INTS attribute, unless it is empty.</summary>
    protected static IEnumerable<Attribute> Optional(string name, EquatableArray<long> value) =>
        value.IsEmpty ? [] : [new(name, new AttributeValue.Ints(value))];

    /// <summary>An INTS attribute, unless all its items are <paramref name="standard"/>.</summary>
    protected static IEnumerable<Attribute> Unless(long standard, string name, EquatableArray<long> value) =>
        value.All(v => v == standard) ? [] : Optional(name, value);

    /// <summary>An INT attribute, unless it is <paramref name="standard"/>.</summary>
    protected static IEnumerable<Attribute> Unless(long standard, string name, long value) =>
        value == standard ? [] : [new(name, new AttributeValue.Int(value))];

    /// <summary>A FLOAT attribute, unless it is <paramref name="standard"/>.</summary>
    protected static IEnumerable<Attribute> Unless(float standard, string name, float value) =>
        value.Equals(standard) ? [] : [new(name, new AttributeValue.Float(value))];

    /// <summary>A STRING attribute, unless it is <paramref name="standard"/>.</summary>
    protected static IEnumerable<Attribute> Unless(string standard, string name, string value) =>
        value == standard ? [] : [new(name, new AttributeValue.Text(value))];
}
