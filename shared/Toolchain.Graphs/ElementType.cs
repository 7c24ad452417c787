namespace Toolchain.Graphs;

/// <summary>Element types of tensors; the values are those of ONNX's <c>TensorProto.DataType</c>.</summary>
public enum ElementType
{
    /// <summary>IEEE 754 single precision, 4 bytes.</summary>
    Float32 = 1,

    /// <summary>Unsigned 8-bit integer.</summary>
    UInt8 = 2,

    /// <summary>Signed 8-bit integer.</summary>
    Int8 = 3,

    /// <summary>Unsigned 16-bit integer.</summary>
    UInt16 = 4,

    /// <summary>Signed 16-bit integer.</summary>
    Int16 = 5,

    /// <summary>Signed 32-bit integer.</summary>
    Int32 = 6,

    /// <summary>Signed 64-bit integer.</summary>
    Int64 = 7,

    /// <summary>Text; has no fixed size.</summary>
    Text = 8,

    /// <summary>Boolean, 1 byte.</summary>
    Bool = 9,

    /// <summary>IEEE 754 half precision, 2 bytes.</summary>
    Float16 = 10,

    /// <summary>IEEE 754 double precision, 8 bytes.</summary>
    Float64 = 11,

    /// <summary>Unsigned 32-bit integer.</summary>
    UInt32 = 12,

    /// <summary>Unsigned 64-bit integer.</summary>
    UInt64 = 13,

    /// <summary>Brain floating point: the upper half of a float32, 2 bytes.</summary>
    BFloat16 = 16,
}

/// <summary>Facts about <see cref="ElementType"/> values.</summary>
public static class ElementTypes
{
    /// <summary>Bytes per element.</summary>
    /// <exception cref="ToolchainException">The type has no fixed size.</exception>
    public static int Size(this ElementType type) => type switch
    {
        ElementType.UInt8 or ElementType.Int8 or ElementType.Bool => 1,
        ElementType.UInt16 or ElementType.Int16 or ElementType.Float16 or ElementType.BFloat16 => 2,
        ElementType.Float32 or ElementType.Int32 or ElementType.UInt32 => 4,
        ElementType.Int64 or ElementType.UInt64 or ElementType.Float64 => 8,
        _ => throw new ToolchainException(ErrorKind.BadInput, $"Element type {type} has no fixed size per element."),
    };

    /// <summary>Whether the type is one of the floating-point types.</summary>
    public static bool IsFloat(this ElementType type) =>
        type is ElementType.Float16 or ElementType.BFloat16 or ElementType.Float32 or ElementType.Float64;

    /// <summary>The name that people know, such as <c>float32</c> or <c>uint8</c>.</summary>
    public static string Display(this ElementType type) => type switch
    {
        ElementType.Text => "string",
        _ => type.ToString().ToLowerInvariant(),
    };

    /// <summary>The element type that a .NET type is stored as.</summary>
    public static ElementType Of<T>() where T : unmanaged => default(T) switch
    {
        float => ElementType.Float32,
        double => ElementType.Float64,
        System.Half => ElementType.Float16,
        byte => ElementType.UInt8,
        sbyte => ElementType.Int8,
        ushort => ElementType.UInt16,
        short => ElementType.Int16,
        uint => ElementType.UInt32,
        int => ElementType.Int32,
        ulong => ElementType.UInt64,
        long => ElementType.Int64,
        bool => ElementType.Bool,
        _ => throw new NotSupportedException($"No tensor element type is stored as {typeof(T)}."),
    };
}
