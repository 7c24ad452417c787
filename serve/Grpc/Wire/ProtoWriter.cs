using System.Buffers;
using System.Text;

namespace Toolchain.Serve.Grpc.Wire;

/// <summary>
/// Writes protobuf fields. Lengths come before what they are the length of, so each form has its size beside it. A field with the protocol's
/// default, an empty text, is not written (protobuf.dev, «Encoding»).
/// </summary>
internal static class ProtoWriter
{
    private const int MaxVarintBytes = 10;

    /// <summary>Bytes of an integer.</summary>
    public static int Size(ulong value) => (System.Numerics.BitOperations.Log2(value | 1) / 7) + 1;

    /// <summary>Bytes of a field of so many bytes of content, with its tag and length; field numbers below 16 have one byte of tag.</summary>
    public static int Field(int content) => 1 + Size((uint)content) + content;

    /// <summary>Bytes of a text field.</summary>
    public static int Field(string text) => text.Length == 0 ? 0 : Field(Encoding.UTF8.GetByteCount(text));

    /// <summary>Writes an integer.</summary>
    public static void Varint(IBufferWriter<byte> target, ulong value)
    {
        var span = target.GetSpan(MaxVarintBytes);
        var count = 0;
        for (; value >= 0x80; value >>= 7)
        {
            span[count++] = (byte)(value | 0x80);
        }

        span[count++] = (byte)value;
        target.Advance(count);
    }

    /// <summary>Writes a field's tag.</summary>
    public static void Tag(IBufferWriter<byte> target, int field, WireType type) => Varint(target, (uint)((field << 3) | (int)type));

    /// <summary>Writes the tag and the length of a field; its content follows.</summary>
    public static void Begin(IBufferWriter<byte> target, int field, int content)
    {
        Tag(target, field, WireType.Bytes);
        Varint(target, (uint)content);
    }

    /// <summary>Writes a text field.</summary>
    public static void Text(IBufferWriter<byte> target, int field, string text)
    {
        if (text.Length > 0)
        {
            var length = Encoding.UTF8.GetByteCount(text);
            Begin(target, field, length);
            Encoding.UTF8.GetBytes(text, target.GetSpan(length));
            target.Advance(length);
        }
    }

    /// <summary>Writes a field of bytes.</summary>
    public static void Bytes(IBufferWriter<byte> target, int field, ReadOnlySpan<byte> bytes)
    {
        Begin(target, field, bytes.Length);
        target.Write(bytes);
    }
}
