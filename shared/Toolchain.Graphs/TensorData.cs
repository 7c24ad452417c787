using System.Buffers;
using System.Runtime.InteropServices;

namespace Toolchain.Graphs;

/// <summary>
/// A tensor's values: dense, row-major, little-endian. The bytes may be an array, a window of a memory-mapped file, or made when they are needed;
/// they are never copied without need.
/// </summary>
public sealed class TensorData
{
    private readonly TensorBytes _bytes;

    /// <summary>A tensor over existing bytes.</summary>
    /// <param name="type">A type of fixed size.</param>
    /// <param name="dimensions">None for a scalar; none may be negative.</param>
    /// <param name="bytes">Exactly elements × size bytes.</param>
    /// <exception cref="ToolchainException">The byte count does not match (<see cref="ErrorKind.BadInput"/>).</exception>
    public TensorData(ElementType type, EquatableArray<long> dimensions, ReadOnlyMemory<byte> bytes)
        : this(type, dimensions, new ExistingBytes(new(bytes)))
    {
        if (bytes.Length != ByteCount)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"A {type.Display()} tensor of shape {dimensions} needs {ByteCount} bytes; found {bytes.Length}.");
        }
    }

    private TensorData(ElementType type, EquatableArray<long> dimensions, TensorBytes bytes)
    {
        (Type, Dimensions, _bytes) = (type, dimensions, bytes);
        ElementCount = CountElements(dimensions);
        ByteCount = checked(ElementCount * type.Size());
    }

    /// <summary>The element type.</summary>
    public ElementType Type { get; }

    /// <summary>The dimensions; empty for a scalar.</summary>
    public EquatableArray<long> Dimensions { get; }

    /// <summary>The number of elements.</summary>
    public long ElementCount { get; }

    /// <summary>The number of bytes.</summary>
    public long ByteCount { get; }

    /// <summary>The values' bytes, row-major and little-endian. Whoever only passes them on takes <see cref="WriteTo"/> or <see cref="CopyTo"/>, which need no memory for them.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes.All(checked((int)ByteCount));

    /// <summary>Whether the bytes are there already, and need not be made first.</summary>
    internal bool IsMade => _bytes.AreMade;

    /// <summary>The tensor's type as a graph value has it.</summary>
    public TensorType TensorType => new(Type, Shape.Of(Dimensions));

    /// <summary>A tensor whose bytes are made by <paramref name="make"/> when they are first asked for, and kept.</summary>
    public static TensorData Deferred(ElementType type, EquatableArray<long> dimensions, Func<ReadOnlyMemory<byte>> make) =>
        new(type, dimensions, new ExistingBytes(new(make)));

    /// <summary>
    /// A tensor whose bytes <paramref name="fill"/> writes whenever they are asked for and nobody has them any more, always the same ones: the first
    /// values of a network, for example, which have moved into the trainer's own memory long before the graph goes away.
    /// </summary>
    /// <param name="type">A type of fixed size.</param>
    /// <param name="dimensions">None for a scalar; none may be negative.</param>
    /// <param name="fill">Writes elements × size bytes, row-major and little-endian; several threads may call it.</param>
    public static TensorData Computed(ElementType type, EquatableArray<long> dimensions, Action<Span<byte>> fill) => new(type, dimensions, new WholeBytes(fill));

    /// <summary>A tensor whose bytes are made part by part whenever they are asked for: written to a file, it never needs memory for all of them.</summary>
    /// <param name="type">A type of fixed size.</param>
    /// <param name="dimensions">None for a scalar; none may be negative.</param>
    /// <param name="fill">Writes the values from any element on.</param>
    public static TensorData Computed(ElementType type, EquatableArray<long> dimensions, PartFill fill) => new(type, dimensions, new PartBytes(type.Size(), fill));

    /// <summary>A tensor of the given values; without dimensions it has one.</summary>
    public static TensorData Of<T>(ReadOnlySpan<T> values, params ReadOnlySpan<long> dimensions) where T : unmanaged =>
        new(ElementTypes.Of<T>(), dimensions.IsEmpty ? [values.Length] : EquatableArray.Create(dimensions), MemoryMarshal.AsBytes(values).ToArray());

    /// <summary>A tensor of rank 0.</summary>
    public static TensorData Scalar<T>(T value) where T : unmanaged =>
        new(ElementTypes.Of<T>(), [], MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray());

    /// <summary>The values as <typeparamref name="T"/>, which must be the type they are stored as.</summary>
    /// <exception cref="ToolchainException">The tensor holds another type (<see cref="ErrorKind.BadInput"/>).</exception>
    public ReadOnlySpan<T> Values<T>() where T : unmanaged => ElementTypes.Of<T>() == Type
        ? MemoryMarshal.Cast<byte, T>(Bytes.Span)
        : throw new ToolchainException(ErrorKind.BadInput, $"Expected a {ElementTypes.Of<T>().Display()} tensor, found {Type.Display()} {Dimensions}.");

    /// <summary>The first value as a number, exact as far as a double is; null for truth values, bfloat16 and text.</summary>
    public double? Number() => Type switch
    {
        ElementType.Float32 => Values<float>()[0],
        ElementType.Float64 => Values<double>()[0],
        ElementType.Float16 => (double)Values<Half>()[0],
        ElementType.UInt8 => Values<byte>()[0],
        ElementType.Int8 => Values<sbyte>()[0],
        ElementType.UInt16 => Values<ushort>()[0],
        ElementType.Int16 => Values<short>()[0],
        ElementType.UInt32 => Values<uint>()[0],
        ElementType.Int32 => Values<int>()[0],
        ElementType.UInt64 => Values<ulong>()[0],
        ElementType.Int64 => Values<long>()[0],
        _ => null,
    };

    /// <summary>The same bytes under other dimensions.</summary>
    public TensorData Reshape(EquatableArray<long> dimensions) => CountElements(dimensions) == ElementCount
        ? new(Type, dimensions, _bytes)
        : throw new ToolchainException(ErrorKind.BadInput, $"A tensor of shape {Dimensions} cannot become {dimensions}: the number of elements differs.");

    /// <summary>Copies the bytes of values to memory for whole elements; computed values are made there, and what is copied from a mapped file takes no further memory.</summary>
    /// <param name="destination">The memory; all of it is written.</param>
    /// <param name="first">The first element to copy; 0 by default.</param>
    public void CopyTo(Span<byte> destination, long first = 0)
    {
        var offset = first * Type.Size();
        if (first < 0 || offset > ByteCount - destination.Length)
        {
            throw new ArgumentOutOfRangeException(nameof(first), first, $"A part of {destination.Length} bytes does not fit into {TensorType}.");
        }

        if (!destination.IsEmpty)
        {
            _bytes.CopyTo(destination, offset, ByteCount);
        }
    }

    /// <summary>Writes the values' bytes to a stream, which stays open, without holding more than a piece of them in memory that were not there before.</summary>
    public void WriteTo(Stream stream) => _bytes.WriteTo(stream, ByteCount);

    /// <summary>Whether type, dimensions and every byte agree.</summary>
    public bool ContentEquals(TensorData other) => Type == other.Type && Dimensions == other.Dimensions && (_bytes == other._bytes
        || (_bytes.ComeInParts && other._bytes.ComeInParts ? SameParts(other) : Bytes.Span.SequenceEqual(other.Bytes.Span)));

    /// <inheritdoc/>
    public override string ToString() => TensorType.ToString();

    private bool SameParts(TensorData other)
    {
        var (size, length) = (Type.Size(), (int)Math.Min(TensorBytes.Piece, ByteCount));
        var (left, right) = (ArrayPool<byte>.Shared.Rent(length), ArrayPool<byte>.Shared.Rent(length));
        try
        {
            for (var offset = 0L; offset < ByteCount; offset += length)
            {
                var count = (int)Math.Min(length, ByteCount - offset);
                CopyTo(left.AsSpan(0, count), offset / size);
                other.CopyTo(right.AsSpan(0, count), offset / size);
                if (!left.AsSpan(0, count).SequenceEqual(right.AsSpan(0, count)))
                {
                    return false;
                }
            }

            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(left);
            ArrayPool<byte>.Shared.Return(right);
        }
    }

    private static long CountElements(EquatableArray<long> dimensions)
    {
        var count = 1L;
        foreach (var dimension in dimensions)
        {
            if (dimension < 0 || (dimension > 0 && count > long.MaxValue / 16 / dimension))
            {
                throw new ToolchainException(ErrorKind.BadInput, $"Tensor shape {dimensions} is negative or too large.");
            }

            count *= dimension;
        }

        return count;
    }
}
