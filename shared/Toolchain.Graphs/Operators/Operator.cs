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

    /// <summary>The types of the outputs.</summary>
    /// <exception cref="ToolchainException">Inputs do not fit the operator; the message names the node, expected and found.</exception>
    public abstract EquatableArray<TensorType> Infer(NodeContext node);

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
