using System.Buffers.Binary;
using System.Text;

namespace Toolchain.Serve.Tests.Support;

/// <summary>Protobuf by hand (protocol buffers, encoding), so that what no generated class would write can be written.</summary>
internal static class ProtoBytes
{
    /// <summary>A base-128 varint.</summary>
    public static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        while (value >= 0x80)
        {
            bytes.Add((byte)(value | 0x80));
            value >>= 7;
        }

        return [.. bytes, (byte)value];
    }

    /// <summary>A field of wire type 0.</summary>
    public static byte[] Number(int field, long value) => [.. Varint((ulong)field << 3), .. Varint((ulong)value)];

    /// <summary>A field of wire type 2: bytes, a message, or packed numbers.</summary>
    public static byte[] Field(int field, ReadOnlySpan<byte> content) => [.. Varint(((ulong)field << 3) | 2), .. Varint((ulong)content.Length), .. content];

    /// <summary>A field of text.</summary>
    public static byte[] Field(int field, string text) => Field(field, Encoding.UTF8.GetBytes(text));

    /// <summary>The fields of a message, which may repeat: numbers as they are, messages and bytes as they are.</summary>
    public static List<(int Field, long Number, byte[] Bytes)> Read(ReadOnlySpan<byte> message)
    {
        var fields = new List<(int, long, byte[])>();
        while (!message.IsEmpty)
        {
            var tag = Take(ref message);
            switch (tag & 7)
            {
                case 0:
                    fields.Add(((int)(tag >> 3), (long)Take(ref message), []));
                    break;
                case 1:
                    fields.Add(((int)(tag >> 3), BinaryPrimitives.ReadInt64LittleEndian(message), []));
                    message = message[8..];
                    break;
                case 2:
                    var length = (int)Take(ref message);
                    fields.Add(((int)(tag >> 3), 0, message[..length].ToArray()));
                    message = message[length..];
                    break;
                case 5:
                    fields.Add(((int)(tag >> 3), BinaryPrimitives.ReadInt32LittleEndian(message), []));
                    message = message[4..];
                    break;
                default:
                    throw new InvalidDataException($"Wire type {tag & 7}.");
            }
        }

        return fields;
    }

    private static ulong Take(ref ReadOnlySpan<byte> message)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = message[0];
            message = message[1..];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
