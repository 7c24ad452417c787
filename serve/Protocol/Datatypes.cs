using Toolchain.Graphs;

namespace Toolchain.Serve.Protocol;

/// <summary>The protocol's words for element types (Open Inference Protocol v2, tensor data types; BF16 is Triton's).</summary>
internal static class Datatypes
{
    /// <summary>The word for an element type.</summary>
    public static string Name(ElementType type) => type switch
    {
        ElementType.Bool => "BOOL",
        ElementType.UInt8 => "UINT8",
        ElementType.UInt16 => "UINT16",
        ElementType.UInt32 => "UINT32",
        ElementType.UInt64 => "UINT64",
        ElementType.Int8 => "INT8",
        ElementType.Int16 => "INT16",
        ElementType.Int32 => "INT32",
        ElementType.Int64 => "INT64",
        ElementType.Float16 => "FP16",
        ElementType.Float32 => "FP32",
        ElementType.Float64 => "FP64",
        ElementType.BFloat16 => "BF16",
        ElementType.Text => "BYTES",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Unknown element type."),
    };

    /// <summary>The word itself when it is one of the protocol's, so that none is made for each request; otherwise null.</summary>
    public static string? Known(ReadOnlySpan<byte> word) => word switch
    {
        _ when word.SequenceEqual("UINT8"u8) => "UINT8",
        _ when word.SequenceEqual("FP32"u8) => "FP32",
        _ when word.SequenceEqual("INT64"u8) => "INT64",
        _ when word.SequenceEqual("BYTES"u8) => "BYTES",
        _ => null,
    };

    /// <summary>Whether values of the type can travel as JSON; the 16-bit floating-point types cannot.</summary>
    public static bool HasJson(ElementType type) => type is not (ElementType.Float16 or ElementType.BFloat16 or ElementType.Text);
}
