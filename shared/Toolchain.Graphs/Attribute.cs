namespace Toolchain.Graphs;

/// <summary>A named attribute of a node.</summary>
public sealed record Attribute(string Name, AttributeValue Value);

/// <summary>An attribute's value, one case per ONNX attribute type that models use.</summary>
public abstract record AttributeValue
{
    /// <summary>INT.</summary>
    public sealed record Int(long Value) : AttributeValue;

    /// <summary>FLOAT.</summary>
    public sealed record Float(float Value) : AttributeValue;

    /// <summary>STRING.</summary>
    public sealed record Text(string Value) : AttributeValue;

    /// <summary>INTS.</summary>
    public sealed record Ints(EquatableArray<long> Value) : AttributeValue;

    /// <summary>FLOATS.</summary>
    public sealed record Floats(EquatableArray<float> Value) : AttributeValue;

    /// <summary>STRINGS.</summary>
    public sealed record Texts(EquatableArray<string> Value) : AttributeValue;

    /// <summary>TENSOR.</summary>
    public sealed record Tensor(TensorData Value) : AttributeValue
    {
        /// <summary>Tensors are equal when their content is.</summary>
        public bool Equals(Tensor? other) => other is not null && Value.ContentEquals(other.Value);

        /// <inheritdoc/>
        public override int GetHashCode() => HashCode.Combine(Value.Type, Value.Dimensions);
    }

    /// <summary>A kind that the toolchain does not look into (sub-graphs, types, sparse tensors), kept as its <c>AttributeProto</c> bytes.</summary>
    public sealed record Opaque(EquatableArray<byte> Encoded) : AttributeValue;
}
