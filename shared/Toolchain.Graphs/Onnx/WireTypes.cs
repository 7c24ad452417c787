using Toolchain.Graphs.Files;

namespace Toolchain.Graphs.Onnx;

/// <summary>How protobuf encodes a field.</summary>
internal enum WireType
{
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    Fixed32 = 5,
}

/// <summary>A place in a source.</summary>
internal readonly record struct ByteRange(ByteSource Source, long Offset, long Length)
{
    /// <summary>The bytes for immediate use; at most 2 GiB.</summary>
    internal ReadOnlySpan<byte> Span() => Source.Span(Offset, checked((int)Length));

    /// <summary>The bytes to keep; at most 2 GiB.</summary>
    internal ReadOnlyMemory<byte> Window() => Source.Window(Offset, checked((int)Length));
}
