using System.Buffers;
using System.Runtime.InteropServices;

namespace Toolchain.Graphs.Weights;

/// <summary>Changes the number format of floating-point tensors, rounding to the nearest (IEEE 754, ties to even).</summary>
public static class ElementConversion
{
    // Elements that are converted at a time.
    private const int Block = 1 << 14;

    /// <summary>Whether <see cref="To"/> can do it: between floating-point types only, because nothing else keeps what a weight means.</summary>
    public static bool Exists(ElementType from, ElementType to) => from == to || (from.IsFloat() && to.IsFloat());

    /// <summary>The same numbers in another type; computed whenever they are asked for.</summary>
    /// <exception cref="ToolchainException">One of the types is not a floating-point type (<see cref="ErrorKind.BadInput"/>).</exception>
    public static TensorData To(this TensorData data, ElementType type) =>
        data.Type == type ? data
        : Exists(data.Type, type) ? TensorData.Computed(type, data.Dimensions, (first, part) => Convert(data, type, first, part))
        : throw new ToolchainException(ErrorKind.BadInput, $"A {data.TensorType} tensor cannot become {type.Display()}: only floating-point types are converted.");

    private static void Convert(TensorData data, ElementType type, long first, Span<byte> part)
    {
        var (from, to) = (data.Type.Size(), type.Size());
        var block = ArrayPool<byte>.Shared.Rent(Block * from);
        try
        {
            for (var at = 0; at < part.Length; at += Block * to)
            {
                var target = part[at..Math.Min(part.Length, at + (Block * to))];
                var source = block.AsSpan(0, target.Length / to * from);
                data.CopyTo(source, first + (at / to));
                for (var i = 0; i < target.Length / to; i++)
                {
                    Write(target, type, i, Read(source, data.Type, i));
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
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
