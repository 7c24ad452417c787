using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Toolchain.Graphs.Tests;

/// <summary>
/// One field of a protobuf message as it lies in a file (protobuf.dev, «Encoding»). A message made of them can be damaged in its structure: lengths around a change are
/// right, unless a length itself is what is damaged.
/// </summary>
internal sealed class WireField
{
    public int Number { get; set; }

    public WireFormat.WireType Type { get; set; }

    /// <summary>What the schema says of the field; null for fields that it does not have.</summary>
    public FieldDescriptor? Known { get; private init; }

    /// <summary>The integer of a varint.</summary>
    public ulong Integer { get; set; }

    /// <summary>The bytes of what is neither a varint nor a message.</summary>
    public byte[] Content { get; set; } = [];

    /// <summary>The fields of a message; null for others.</summary>
    public List<WireField>? Parts { get; set; }

    /// <summary>Bytes that the field's varint has too many: 128 and more zeros at its end say nothing.</summary>
    public int Padding { get; set; }

    /// <summary>How much the stated length is too large.</summary>
    public long LengthError { get; set; }

    public static List<WireField> Parse(byte[] bytes, MessageDescriptor? message)
    {
        var fields = new List<WireField>();
        var input = new CodedInputStream(bytes);
        for (uint tag; (tag = input.ReadTag()) != 0;)
        {
            fields.Add(Read(input, tag, message?.FindFieldByNumber(WireFormat.GetTagFieldNumber(tag))));
        }

        return fields;
    }

    public static byte[] Bytes(IEnumerable<WireField> fields)
    {
        using var stream = new MemoryStream();
        foreach (var field in fields)
        {
            field.Write(stream);
        }

        return stream.ToArray();
    }

    public static WireField OfInteger(int number, ulong value) => new() { Number = number, Type = WireFormat.WireType.Varint, Integer = value };

    public static WireField OfBytes(int number, byte[] content) => new() { Number = number, Type = WireFormat.WireType.LengthDelimited, Content = content };

    public static WireField OfMessage(int number, params IEnumerable<WireField> parts) => new() { Number = number, Type = WireFormat.WireType.LengthDelimited, Parts = [.. parts] };

    public WireField Clone() => new()
    {
        Number = Number, Type = Type, Known = Known, Integer = Integer, Content = [.. Content], Parts = Parts?.ConvertAll(static p => p.Clone()), Padding = Padding, LengthError = LengthError,
    };

    private static WireField Read(CodedInputStream input, uint tag, FieldDescriptor? known)
    {
        var (number, type) = (WireFormat.GetTagFieldNumber(tag), WireFormat.GetTagWireType(tag));
        return type switch
        {
            WireFormat.WireType.Varint => new() { Number = number, Type = type, Known = known, Integer = input.ReadUInt64() },
            WireFormat.WireType.Fixed32 => new() { Number = number, Type = type, Known = known, Content = BitConverter.GetBytes(input.ReadFixed32()) },
            WireFormat.WireType.Fixed64 => new() { Number = number, Type = type, Known = known, Content = BitConverter.GetBytes(input.ReadFixed64()) },
            WireFormat.WireType.LengthDelimited when known?.FieldType == FieldType.Message => new() { Number = number, Type = type, Known = known, Parts = Parse(input.ReadBytes().ToByteArray(), known.MessageType) },
            WireFormat.WireType.LengthDelimited => new() { Number = number, Type = type, Known = known, Content = input.ReadBytes().ToByteArray() },
            _ => throw new InvalidOperationException($"Field {number} has wire type {type}."),
        };
    }

    private void Write(MemoryStream stream)
    {
        Varint(stream, ((ulong)(uint)Number << 3) | (uint)Type);
        if (Type == WireFormat.WireType.Varint)
        {
            Varint(stream, Integer, Padding);
            return;
        }

        var content = Parts is null ? Content : Bytes(Parts);
        if (Type == WireFormat.WireType.LengthDelimited)
        {
            Varint(stream, (ulong)(content.Length + LengthError), Padding);
        }

        stream.Write(content);
    }

    private static void Varint(MemoryStream stream, ulong value, int padding = 0)
    {
        for (; value >= 0x80; value >>= 7)
        {
            stream.WriteByte((byte)(value | 0x80));
        }

        stream.WriteByte((byte)(padding > 0 ? value | 0x80 : value));
        for (var i = 1; i <= padding; i++)
        {
            stream.WriteByte((byte)(i < padding ? 0x80 : 0));
        }
    }
}
