using System.Buffers.Binary;
using Toolchain.Serve.Http;
using Toolchain.Serve.Protocol;

namespace Toolchain.Serve.Grpc.Wire;

/// <summary>
/// <c>InferTensorContents</c>: values in the field of their type, packed together or one by one. Where they lie in the message just as a tensor
/// has them, as packed floats do, they stay there; others are written behind the message.
/// </summary>
internal static class TypedContents
{
    // A batch of images has one element each; more elements than this are no images.
    private const int MaxElements = 1 << 16;
    private const int BytesField = 8;
    private static readonly string[] FieldNames = ["", "bool_contents", "int_contents", "int64_contents", "uint_contents", "uint64_contents", "fp32_contents", "fp64_contents", "bytes_contents"];

    /// <summary>Finds the values of an input.</summary>
    /// <param name="input">The input.</param>
    /// <param name="contents">Where its contents lie in the message.</param>
    /// <param name="message">The message; values may be appended to it.</param>
    /// <returns>The input with the place of its values.</returns>
    /// <exception cref="RequestException">They are malformed, or of another type than the input (400).</exception>
    /// <exception cref="GrpcException">There is no memory left for them.</exception>
    public static RequestInput Place(RequestInput input, BodySlice contents, PooledBytes message)
    {
        switch (input.Datatype)
        {
            case "BYTES":
                return PlaceElements(input, contents, message);
            case "FP16" or "BF16":
                throw RequestException.Bad($"input '{input.Name}' is {input.Datatype}, which only raw_input_contents can carry");
        }

        // A word that is none of the protocol's differs from what the model takes, and is refused with that.
        if (CarrierOf(input.Datatype) is not { } carrier)
        {
            return input;
        }

        var (offset, length) = InPlace(contents, carrier, message.Span) ?? Append(input, contents, carrier, message);
        return input with { Offset = offset, Length = length };
    }

    private static Carrier? CarrierOf(string datatype) => datatype switch
    {
        "BOOL" => new(1, sizeof(bool), WireType.Varint),
        "INT8" => new(2, sizeof(sbyte), WireType.Varint),
        "INT16" => new(2, sizeof(short), WireType.Varint),
        "INT32" => new(2, sizeof(int), WireType.Varint),
        "INT64" => new(3, sizeof(long), WireType.Varint),
        "UINT8" => new(4, sizeof(byte), WireType.Varint),
        "UINT16" => new(4, sizeof(ushort), WireType.Varint),
        "UINT32" => new(4, sizeof(uint), WireType.Varint),
        "UINT64" => new(5, sizeof(ulong), WireType.Varint),
        "FP32" => new(6, sizeof(float), WireType.Fixed32),
        "FP64" => new(7, sizeof(double), WireType.Fixed64),
        _ => null,
    };

    private static BodySlice? InPlace(BodySlice contents, Carrier carrier, ReadOnlySpan<byte> message)
    {
        var reader = new ProtoReader(message, nameof(Messages.InferTensorContents), contents);
        if (!reader.Next() || reader.Field != carrier.Field || reader.Type != WireType.Bytes)
        {
            return null;
        }

        var values = reader.Bytes();
        var asTensor = carrier.Type != WireType.Varint
            ? values.Length % carrier.Size == 0
            : carrier.Field == 1 && !message.Slice(values.Offset, values.Length).ContainsAnyExceptInRange((byte)0, (byte)1);
        return asTensor && reader.IsAtEnd ? values : null;
    }

    private static BodySlice Append(RequestInput input, BodySlice contents, Carrier carrier, PooledBytes message)
    {
        var count = 0L;
        for (var values = new Values(message.Span, contents, carrier, input); values.Next(out _); count++)
        {
        }

        message.Reserve(message.Length + (count * carrier.Size));
        var (offset, length) = (message.Length, (int)(count * carrier.Size));
        var target = message.GetSpan(length)[..length];
        var index = 0L;
        for (var values = new Values(message.Span, contents, carrier, input); values.Next(out var bits); index++)
        {
            Put(target, carrier, bits, input, index);
            target = target[carrier.Size..];
        }

        message.Advance(length);
        return new(offset, length);
    }

    private static void Put(Span<byte> target, Carrier carrier, ulong bits, RequestInput input, long index)
    {
        // Protobuf's 32-bit integers are the lower half of what is sent.
        var bound = 8 * carrier.Size;
        var fits = carrier.Field switch
        {
            2 => (int)bits >> (bound - 1) is 0 or -1,
            4 => bound == 32 || (uint)bits >> bound == 0,
            _ => true,
        };
        if (!fits)
        {
            throw RequestException.Bad($"element {index} of input '{input.Name}' is {(carrier.Field == 2 ? (int)bits : (uint)bits)}, which is not a value of type {input.Datatype}");
        }

        switch (carrier.Size)
        {
            case sizeof(byte):
                target[0] = carrier.Field == 1 ? (byte)(bits == 0 ? 0 : 1) : (byte)bits;
                break;
            case sizeof(ushort):
                BinaryPrimitives.WriteUInt16LittleEndian(target, (ushort)bits);
                break;
            case sizeof(uint):
                BinaryPrimitives.WriteUInt32LittleEndian(target, (uint)bits);
                break;
            default:
                BinaryPrimitives.WriteUInt64LittleEndian(target, bits);
                break;
        }
    }

    private static RequestInput PlaceElements(RequestInput input, BodySlice contents, PooledBytes message)
    {
        var elements = new List<BodySlice>();
        var reader = new ProtoReader(message.Span, nameof(Messages.InferTensorContents), contents);
        while (reader.Next())
        {
            if (Carries(ref reader, BytesField, input))
            {
                elements.Add(elements.Count < MaxElements ? reader.Bytes() : throw RequestException.Bad($"input '{input.Name}' has more than {MaxElements} elements"));
            }
        }

        return input with { Elements = elements };
    }

    // Fields that the protocol does not have are passed over; values of another type are a mistake.
    private static bool Carries(ref ProtoReader reader, int field, RequestInput input)
    {
        if (reader.Field == field)
        {
            return true;
        }

        if (reader.Field < FieldNames.Length)
        {
            throw RequestException.Bad($"input '{input.Name}' has {FieldNames[reader.Field]}, but its datatype {input.Datatype} is carried by {FieldNames[field]}");
        }

        reader.Skip();
        return false;
    }

    /// <summary>The field that carries values of a datatype, the bytes of one in a tensor, and how one is sent.</summary>
    private readonly record struct Carrier(int Field, int Size, WireType Type);

    /// <summary>The values of a field one after another, however they are packed, each as the bits that were sent.</summary>
    private ref struct Values(ReadOnlySpan<byte> message, BodySlice contents, Carrier carrier, RequestInput input)
    {
        private readonly ReadOnlySpan<byte> _message = message;
        private ProtoReader _fields = new(message, nameof(Messages.InferTensorContents), contents);
        private ProtoReader _packed = new(message, "", default);

        public bool Next(out ulong bits)
        {
            while (_packed.IsAtEnd)
            {
                if (!_fields.Next())
                {
                    bits = 0;
                    return false;
                }

                if (!Carries(ref _fields, carrier.Field, input))
                {
                    continue;
                }

                if (_fields.Type != WireType.Bytes)
                {
                    _fields.Expect(carrier.Type);
                    bits = Read(ref _fields);
                    return true;
                }

                _packed = _fields.Message(FieldNames[carrier.Field]);
            }

            bits = Read(ref _packed);
            return true;
        }

        private readonly ulong Read(ref ProtoReader reader) => carrier.Type switch
        {
            WireType.Varint => reader.Varint(),
            WireType.Fixed32 => BinaryPrimitives.ReadUInt32LittleEndian(_message[reader.Take(sizeof(uint)).Offset..]),
            WireType.Fixed64 => BinaryPrimitives.ReadUInt64LittleEndian(_message[reader.Take(sizeof(ulong)).Offset..]),
            _ => throw new ArgumentOutOfRangeException(nameof(reader), carrier.Type, "No value has this wire type."),
        };
    }
}
