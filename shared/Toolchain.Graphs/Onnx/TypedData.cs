using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Toolchain.Graphs.Onnx.Schema;

namespace Toolchain.Graphs.Onnx;

/// <summary>
/// Data in a typed field of a <c>TensorProto</c>, as onnx.helper.make_tensor writes it. Half-precision numbers stand there as bit patterns in
/// <c>int32_data</c>, beside small integers and booleans (onnx.proto, TensorProto).
/// </summary>
internal sealed class TypedData(WireReader tensor, ElementType element, EquatableArray<long> dimensions, int field)
{
    /// <summary>Reads the values as the bytes of a <see cref="TensorData"/>; exactly as many as the dimensions ask for.</summary>
    internal ReadOnlyMemory<byte> Read()
    {
        var expected = Field(element);
        if (expected != field)
        {
            throw tensor.FailWhole($"{element.Display()} data belongs into raw_data or {Name(expected)}, found {Name(field)}");
        }

        // Counting comes first, so that no memory is taken for dimensions that the file only claims.
        var count = 0L;
        var window = default(ReadOnlyMemory<byte>);
        Walk(reader =>
        {
            if (reader.Type == WireType.Bytes && element is (ElementType.Float32 or ElementType.Float64))
            {
                window = reader.Window();
                count += window.Length % element.Size() == 0
                    ? window.Length / element.Size()
                    : throw reader.Fail($"{window.Length} bytes are not a whole number of {element.Display()} values");
            }
            else
            {
                reader.Each(r =>
                {
                    _ = Number(r);
                    count++;
                });
            }
        });

        var elements = dimensions.Aggregate(1L, static (product, d) => product * d);
        if (count != elements)
        {
            throw tensor.FailWhole($"expected {elements} values for {element.Display()} {dimensions}, found {count} in {Name(field)}");
        }

        // Floats that stand packed in one piece are already what a tensor needs.
        return window.Length == elements * element.Size() ? window : Convert(elements);
    }

    private byte[] Convert(long elements)
    {
        var bytes = new byte[elements * element.Size()];
        var at = 0;
        Walk(reader => reader.Each(r =>
        {
            var value = Number(r);
            MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in value))[..element.Size()].CopyTo(bytes.AsSpan(at));
            at += element.Size();
        }));
        return bytes;
    }

    /// <summary>The value's bits in the lower bytes.</summary>
    private long Number(WireReader reader)
    {
        switch (field)
        {
            case TensorProto.FloatDataFieldNumber:
                return BinaryPrimitives.ReadUInt32LittleEndian(reader.Take(4).Span());
            case TensorProto.DoubleDataFieldNumber:
                return BinaryPrimitives.ReadInt64LittleEndian(reader.Take(8).Span());
        }

        var value = reader.Varint();
        var (low, high) = element switch
        {
            ElementType.Bool => (0, 1),
            ElementType.Int8 => (sbyte.MinValue, sbyte.MaxValue),
            ElementType.UInt8 => (byte.MinValue, byte.MaxValue),
            ElementType.Int16 => (short.MinValue, short.MaxValue),
            ElementType.UInt16 or ElementType.Float16 or ElementType.BFloat16 => (ushort.MinValue, ushort.MaxValue),
            ElementType.Int32 => (int.MinValue, int.MaxValue),
            ElementType.UInt32 => (uint.MinValue, uint.MaxValue),
            _ => (long.MinValue, long.MaxValue),
        };
        return value >= low && value <= high ? value : throw reader.Fail($"the value {value} does not fit {element.Display()}");
    }

    private void Walk(Action<WireReader> read)
    {
        var reader = tensor.Again();
        while (reader.Next())
        {
            if (reader.Field == field)
            {
                read(reader);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static int Field(ElementType element) => element switch
    {
        ElementType.Float32 => TensorProto.FloatDataFieldNumber,
        ElementType.Float64 => TensorProto.DoubleDataFieldNumber,
        ElementType.Int64 => TensorProto.Int64DataFieldNumber,
        ElementType.UInt32 or ElementType.UInt64 => TensorProto.Uint64DataFieldNumber,
        _ => TensorProto.Int32DataFieldNumber,
    };

    private static string Name(int field) => TensorProto.Descriptor.FindFieldByNumber(field).Name;
}
