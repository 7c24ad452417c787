using System.Text;
using Toolchain.Serve.Http;
using Toolchain.Serve.Protocol;

namespace Toolchain.Serve.Grpc.Wire;

/// <summary>How protobuf encodes a field (protobuf.dev, «Encoding»).</summary>
internal enum WireType
{
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    Fixed32 = 5,
}

/// <summary>
/// Reads one protobuf message field by field where it lies, so that tensors need not be copied out of it, as the generated classes would.
/// Positions are bytes from the start of the outermost message.
/// </summary>
internal ref struct ProtoReader
{
    private const int MaxVarintBytes = 10;
    private const int MaxFieldNumber = (1 << 29) - 1;
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly string _message;
    private readonly int _end;

    /// <summary>A message that fills all bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="message">Its name, for errors.</param>
    public ProtoReader(ReadOnlySpan<byte> bytes, string message)
        : this(bytes, message, new(0, bytes.Length))
    {
    }

    /// <summary>A message that is a part of others.</summary>
    /// <param name="bytes">The outermost message.</param>
    /// <param name="message">Its name, for errors.</param>
    /// <param name="part">Where it lies.</param>
    public ProtoReader(ReadOnlySpan<byte> bytes, string message, BodySlice part)
    {
        _bytes = bytes;
        (_message, Position, _end) = (message, part.Offset, part.Offset + part.Length);
    }

    /// <summary>Where reading goes on.</summary>
    public int Position { get; private set; }

    /// <summary>The number of the field at hand; 0 before the first.</summary>
    public int Field { get; private set; }

    /// <summary>How the field at hand is encoded.</summary>
    public WireType Type { get; private set; }

    /// <summary>Whether nothing is left.</summary>
    public readonly bool IsAtEnd => Position == _end;

    /// <summary>Goes to the next field; false at the message's end.</summary>
    public bool Next()
    {
        if (Position == _end)
        {
            return false;
        }

        var tag = Varint();
        (Field, Type) = ((int)Math.Min(tag >> 3, int.MaxValue), (WireType)(tag & 7));
        return Field is > 0 and <= MaxFieldNumber ? true : throw Wrong($"{tag >> 3} is not a field number");
    }

    /// <summary>Reads an integer, as a field or as one of several that are packed together.</summary>
    public ulong Varint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 7 * MaxVarintBytes; shift += 7)
        {
            if (Position == _end)
            {
                throw Wrong("an integer is cut off");
            }

            var next = _bytes[Position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw Wrong($"an integer has more than {MaxVarintBytes} bytes");
    }

    /// <summary>Reads the field at hand as an integer.</summary>
    public long Integer()
    {
        Expect(WireType.Varint);
        return (long)Varint();
    }

    /// <summary>Reads the field at hand, of any length-delimited kind, as a place.</summary>
    public BodySlice Bytes()
    {
        Expect(WireType.Bytes);
        var length = Varint();
        return length <= (ulong)(_end - Position) ? Take((int)length) : throw Wrong($"{length} bytes are announced, and {_end - Position} are left");
    }

    /// <summary>Reads the field at hand as a message.</summary>
    /// <param name="message">Its name, for errors.</param>
    public ProtoReader Message(string message) => new(_bytes, message, Bytes());

    /// <summary>Reads the field at hand as the bytes of text, which are valid UTF-8.</summary>
    public ReadOnlySpan<byte> Utf8()
    {
        var (offset, length) = Bytes();
        var text = _bytes.Slice(offset, length);
        return System.Text.Unicode.Utf8.IsValid(text) ? text : throw Wrong("the text is not valid UTF-8");
    }

    /// <summary>Reads the field at hand as text.</summary>
    public string Text() => Encoding.UTF8.GetString(Utf8());

    /// <summary>Reads the next bytes.</summary>
    public BodySlice Take(int count)
    {
        if (count > _end - Position)
        {
            throw Wrong($"expected {count} bytes, and {_end - Position} are left");
        }

        Position += count;
        return new(Position - count, count);
    }

    /// <summary>Passes over the field at hand.</summary>
    public void Skip()
    {
        switch (Type)
        {
            case WireType.Varint:
                Varint();
                break;
            case WireType.Fixed64:
                Take(sizeof(ulong));
                break;
            case WireType.Bytes:
                Bytes();
                break;
            case WireType.Fixed32:
                Take(sizeof(uint));
                break;
            default:
                throw Wrong($"wire type {(int)Type} is not used by the protocol");
        }
    }

    /// <summary>Checks how the field at hand is encoded.</summary>
    public readonly void Expect(WireType type)
    {
        if (Type != type)
        {
            throw Wrong($"expected wire type {(int)type}, found {(int)Type}");
        }
    }

    /// <summary>A refusal at the field at hand.</summary>
    public readonly RequestException Wrong(string problem) =>
        RequestException.Bad($"The message is malformed at byte {Position}, in {_message}{(Field == 0 ? "" : $", field {Field}")}: {problem}.");
}
