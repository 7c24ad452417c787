namespace Toolchain.Graphs.Onnx;

/// <summary>What the translation of a node to another opset's form may ask about the graph around it.</summary>
internal abstract class FormContext
{
    /// <summary>The value that a name always has, or null.</summary>
    internal abstract TensorData? Constant(string name);

    /// <summary>What is known of a value, or null.</summary>
    internal abstract TensorType? Type(string name);

    /// <summary>A name for a node and the value that it makes, which nobody has yet.</summary>
    internal abstract string NewName(string wanted);

    /// <summary>Whether anybody reads a value.</summary>
    internal abstract bool IsRead(string name);

    /// <summary>Whether a value is an initializer that one input of one node reads, and nobody else.</summary>
    internal abstract bool IsOwnWeight(string name);

    /// <summary>Makes a list of an initializer's values.</summary>
    internal abstract void FlattenWeight(string name);

    /// <summary>The integers of an input that is a constant, or null.</summary>
    internal EquatableArray<long>? Longs(FileNode node, int input) =>
        node.Has(input) && Constant(node.Inputs[input]) is { Type: ElementType.Int64 } data ? EquatableArray.Create(data.Values<long>()) : null;

    /// <summary>The shape of an input, or null when it is not known.</summary>
    internal Shape? Shape(FileNode node, int input) => node.Has(input) ? Type(node.Inputs[input])?.Shape : null;

    /// <summary>A node for a constant that belongs to another one: <c>NODE.what</c>.</summary>
    internal FileNode NewConstant(FileNode owner, string what, TensorData data)
    {
        var name = NewName($"{owner.Name}.{what}");
        return new(name, "Constant", "", [], [name], [new("value", new AttributeValue.Tensor(data))]);
    }
}
