using System.Runtime.InteropServices;

namespace Toolchain.Graphs.Weights;

/// <summary>Changes the number format of floating-point tensors, rounding to the nearest (IEEE 754, ties to even).</summary>
public static class ElementConversion
{
    /// <summary>Whether <see cref="To"/> can do it: between floating-point types only, because nothing else keeps what a weight means.</summary>
    public static bool Exists(ElementType from, ElementType to) => from == to || (from.IsFloat() && to.IsFloat());

    /// <summary>The same numbers in another type; computed when they are first asked for.</summary>
    /// <exception cref="ToolchainException">One of the types is not a floating-point type (<see cref="ErrorKind.BadInput"/>).</exception>
    public static TensorData To(this TensorData data, ElementType type) =>
        data.Type == type ? data
        : Exists(data.Type, type) ? TensorData.Deferred(type, data.Dimensions, () => Convert(data, type))
        : throw new ToolchainException(ErrorKind.BadInput, $"A {data.TensorType} tensor cannot become {type.Display()}: only floating-point types are converted.");

    private static byte[] Convert(TensorData data, ElementType type)
    {
        var result = new byte[checked((int)(data.ElementCount * type.Size()))];
        var source = data.Bytes.Span;
        for (var i = 0; i < data.ElementCount; i++)
        {
            Write(result, type, i, Read(source, data.Type, i));
        }

        return result;
    }

    private static double Read(ReadOnlySpan<byte> bytes, ElementType type, int i) => type switch
    {
        ElementType.Float64 => MemoryMarshal.Cast<byte, double>(bytes)[i],
        ElementType.Float32 => MemoryMarshal.Cast<byte, float>(bytes)[i],
        ElementType.Float16 => (double)MemoryMarshal.Cast<byte, Half>(bytes)[i],
        ElementType.BFloat16 => BitConverter.UInt32BitsToSingle((uint)MemoryMarshal.Cast<byte, ushort>(bytes)[i] << 16),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a floating-point type."),
    };

    private static void Write(Span<byte> bytes, ElementType type, int i, double value)
    {
        switch (type)
        {
            case ElementType.Float64:
                MemoryMarshal.Cast<byte, double>(bytes)[i] = value;
                break;
            case ElementType.Float32:
                MemoryMarshal.Cast<byte, float>(bytes)[i] = (float)value;
                break;
            case ElementType.Float16:
                MemoryMarshal.Cast<byte, Half>(bytes)[i] = (Half)value;
                break;
            case ElementType.BFloat16:
                MemoryMarshal.Cast<byte, ushort>(bytes)[i] = ToBFloat16((float)value);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "Not a floating-point type.");
        }
    }

    // The upper half of a float32, rounded; a NaN must not lose the bits that make it one.
    private static ushort ToBFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)((bits >> 16) | 0x40) : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
