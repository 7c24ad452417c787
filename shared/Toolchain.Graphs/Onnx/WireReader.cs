using System.Buffers.Binary;
using Google.Protobuf.Reflection;
using Toolchain.Graphs.Files;

namespace Toolchain.Graphs.Onnx;

/// <summary>
/// Reads one protobuf message field by field (protobuf.dev, «Encoding»), straight from its bytes: the generated classes copy what they read
/// and take at most 2 GiB. The message's descriptor gives the wire types to expect and the names that errors use.
/// </summary>
internal sealed class WireReader
{
    private readonly ByteSource _source;
    private readonly MessageDescriptor _message;
    private readonly WireReader? _parent;
    private readonly OnnxReadLimits _limits;
    private readonly int _depth;
    private readonly long _end;
    private readonly bool _packed;
    private FieldDescriptor? _field;
    private ulong _met;
    private bool _isMetAgain;

    internal WireReader(ByteSource source, MessageDescriptor message, OnnxReadLimits limits)
        : this(source, message, null, limits, 0, source.Length)
    {
    }

    private WireReader(ByteSource source, MessageDescriptor message, WireReader? parent, OnnxReadLimits limits, long start, long end, bool packed = false)
    {
        (_source, _message, _parent, _limits, Start, Position, _end, _packed) = (source, message, parent, limits, start, start, end, packed);
        _depth = parent is null ? 0 : parent._depth + 1;
        if (_depth > limits.MaxDepth)
        {
            throw parent!.Fail($"messages are nested more than {limits.MaxDepth} deep");
        }
    }

    /// <summary>Where the message begins, in bytes from the beginning of the source.</summary>
    internal long Start { get; }

    /// <summary>Where reading goes on.</summary>
    internal long Position { get; private set; }

    /// <summary>The message's length in bytes.</summary>
    internal long Length => _end - Start;

    /// <summary>Where the field at hand begins, with its tag.</summary>
    internal long FieldStart { get; private set; }

    /// <summary>The number of the field at hand.</summary>
    internal int Field { get; private set; }

    /// <summary>How the field at hand is encoded.</summary>
    internal WireType Type { get; private set; }

    /// <summary>Whether the field at hand holds a message that the schema describes.</summary>
    internal bool IsMessage => _field?.FieldType == FieldType.Message;

    /// <summary>Whether the field at hand holds text.</summary>
    internal bool IsText => _field?.FieldType == FieldType.String;

    /// <summary>Whether the message is one that the schema calls <typeparamref name="T"/>.</summary>
    internal bool Is<T>() where T : Google.Protobuf.IMessage => _message.ClrType == typeof(T);

    /// <summary>The object's name, as soon as it is known; errors show it.</summary>
    internal string? Label { get; set; }

    /// <summary>Goes to the next field; false at the message's end.</summary>
    internal bool Next()
    {
        if (Position == _end)
        {
            return false;
        }

        FieldStart = Position;
        _field = null;
        (Field, Type) = Tag();
        _field = _message.FindFieldByNumber(Field);
        if (_field is not null && Type != Expected(_field) && !(Type == WireType.Bytes && _field.IsRepeated))
        {
            throw Fail($"expected wire type {(int)Expected(_field)}, found {(int)Type}");
        }

        var bit = IsMessage && !_field!.IsRepeated && Field < 64 ? 1UL << Field : 0;
        _isMetAgain = (_met & bit) != 0;
        _met |= bit;
        return true;
    }

    /// <summary>Reads the field at hand as an integer.</summary>
    internal long Varint()
    {
        var available = (int)Math.Min(10, _end - Position);
        var bytes = _source.Span(Position, available);
        var value = 0UL;
        for (var i = 0; i < available; i++)
        {
            value |= (ulong)(bytes[i] & 0x7F) << (7 * i);
            if (bytes[i] < 0x80)
            {
                Position += i + 1;
                return (long)value;
            }
        }

        throw Fail(available == 10 ? "the integer has more than 10 bytes" : "the integer is cut off");
    }

    /// <summary>Reads the field at hand as an integer of 32 bits.</summary>
    internal int Int32() => Varint() is >= int.MinValue and <= int.MaxValue and var value ? (int)value : throw Fail("the integer does not fit 32 bits");

    /// <summary>Reads the field at hand, four bytes, as a float.</summary>
    internal float Float() => BinaryPrimitives.ReadSingleLittleEndian(Take(4).Span());

    /// <summary>Reads the field at hand, of any length-delimited kind, as a place in the source.</summary>
    internal ByteRange Bytes()
    {
        var length = Varint();
        return length >= 0 && length <= _end - Position
            ? Take(length)
            : throw Fail($"expected {(ulong)length} bytes, but only {_end - Position} remain");
    }

    /// <summary>Reads the field at hand, of any length-delimited kind, as bytes to keep.</summary>
    internal ReadOnlyMemory<byte> Window()
    {
        var bytes = Bytes();
        return bytes.Length <= int.MaxValue ? bytes.Window() : throw Fail($"the field has {bytes.Length} bytes; one piece of data may have {int.MaxValue}");
    }

    /// <summary>Reads the field at hand as UTF-8 text.</summary>
    internal string Text()
    {
        var bytes = Bytes();
        if (bytes.Length > _limits.MaxTextBytes)
        {
            throw Fail($"the text has {bytes.Length} bytes; the limit is {_limits.MaxTextBytes}");
        }

        return StrictUtf8.Decode(bytes.Span()) ?? throw Fail("the text is not valid UTF-8");
    }

    /// <summary>Reads the field at hand as a message. One that stands in two parts is refused: what readers of protobuf join is seldom what was meant.</summary>
    internal WireReader Message() => _isMetAgain ? throw Fail("the field stands twice") : MessagePart();

    /// <summary>Reads the field at hand as a message or as one of its parts.</summary>
    internal WireReader MessagePart()
    {
        var bytes = Bytes();
        return new(_source, _field!.MessageType, this, _limits, bytes.Offset, bytes.Offset + bytes.Length);
    }

    /// <summary>Reads the field at hand, numbers, one by one: they may stand alone or packed together.</summary>
    internal void Each(Action<WireReader> read)
    {
        if (Type != WireType.Bytes)
        {
            read(this);
            return;
        }

        var bytes = Bytes();
        var items = new WireReader(_source, _message, this, _limits, bytes.Offset, bytes.Offset + bytes.Length, packed: true) { FieldStart = bytes.Offset };
        while (items.Position < items._end)
        {
            read(items);
        }
    }

    /// <summary>The same message from its beginning.</summary>
    internal WireReader Again() => new(_source, _message, _parent, _limits, Start, _end) { Label = Label };

    /// <summary>A copy of the message's bytes.</summary>
    internal byte[] Copy() => Length <= int.MaxValue ? _source.Span(Start, (int)Length).ToArray() : throw FailWhole($"the message has {Length} bytes; at most {int.MaxValue} can be kept");

    /// <summary>Passes over the field at hand.</summary>
    internal void Skip()
    {
        switch (Type)
        {
            case WireType.Varint:
                Varint();
                break;
            case WireType.Fixed64:
                Take(8);
                break;
            case WireType.Bytes:
                Bytes();
                break;
            case WireType.Fixed32:
                Take(4);
                break;
            default:
                throw Fail($"wire type {(int)Type} is not used by ONNX");
        }
    }

    /// <summary>Passes over the field at hand, and looks at every number that is packed into it.</summary>
    internal void SkipChecked()
    {
        if (_field is not { IsRepeated: true } || Type != WireType.Bytes || Expected(_field) == WireType.Bytes)
        {
            Skip();
            return;
        }

        var type = Expected(_field);
        Each(items =>
        {
            (items.Type, items.FieldStart) = (type, items.Position);
            items.Skip();
        });
    }

    /// <summary>The next bytes as a place in the source.</summary>
    internal ByteRange Take(long count)
    {
        if (count > _end - Position)
        {
            throw Fail($"expected {count} bytes, but only {_end - Position} remain");
        }

        var range = new ByteRange(_source, Position, count);
        Position += count;
        return range;
    }

    /// <summary>An error at the field at hand.</summary>
    internal ToolchainException Fail(string problem) => new(ErrorKind.BadInput, $"{FieldPath()} at byte {FieldStart}: {problem}.");

    /// <summary>An error about the message as a whole.</summary>
    internal ToolchainException FailWhole(string problem) =>
        new(ErrorKind.BadInput, _parent is null ? $"{problem}." : $"{Path()} at byte {Start}: {problem}.");

    // The message's place in the model, such as "graph.initializer[12] 'fc1.weight'".
    private string Path() => _parent!.FieldPath() + (Label is null ? "" : $" '{Label}'");

    private string FieldPath()
    {
        if (_packed)
        {
            return _parent!.FieldPath();
        }

        var name = _field?.Name ?? (Field == 0 ? "a field" : $"field {Field}");
        var item = _field is { IsRepeated: true } ? $"[{CountBefore()}]" : "";
        return _parent is null ? name + item : $"{Path()}.{name}{item}";
    }

    // Counted only when an error needs it: everything before the field at hand has been read once and is in order.
    private int CountBefore()
    {
        var again = new WireReader(_source, _message, _parent, _limits, Start, FieldStart);
        var count = 0;
        while (again.Next())
        {
            count += again.Field == Field ? 1 : 0;
            again.Skip();
        }

        return count;
    }

    private (int Field, WireType Type) Tag()
    {
        Field = 0;
        var tag = Varint();
        var field = tag >>> 3;
        return field is > 0 and < 1 << 29 ? ((int)field, (WireType)(tag & 7)) : throw Fail($"{field} is not a field number");
    }

    private static WireType Expected(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Float => WireType.Fixed32,
        FieldType.Double => WireType.Fixed64,
        FieldType.Int32 or FieldType.Int64 or FieldType.UInt64 or FieldType.Enum => WireType.Varint,
        FieldType.String or FieldType.Bytes or FieldType.Message => WireType.Bytes,
        var other => throw new NotSupportedException($"The ONNX schema has no {other} fields."),
    };
}
