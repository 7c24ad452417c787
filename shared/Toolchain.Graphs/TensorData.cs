using System.Runtime.InteropServices;

namespace Toolchain.Graphs;

/// <summary>
/// A tensor's values: dense, row-major, little-endian. The bytes may be an array, a window of a memory-mapped file, or made on first use;
/// they are never copied without need.
/// </summary>
public sealed class TensorData
{
    private readonly Lazy<ReadOnlyMemory<byte>>? _bytes;
    private readonly ComputedBytes? _computed;

    /// <summary>A tensor over existing bytes.</summary>
    /// <param name="type">A type of fixed size.</param>
    /// <param name="dimensions">None for a scalar; none may be negative.</param>
    /// <param name="bytes">Exactly elements × size bytes.</param>
    /// <exception cref="ToolchainException">The byte count does not match (<see cref="ErrorKind.BadInput"/>).</exception>
    public TensorData(ElementType type, EquatableArray<long> dimensions, ReadOnlyMemory<byte> bytes)
        : this(type, dimensions, new Lazy<ReadOnlyMemory<byte>>(bytes))
    {
        if (bytes.Length != ByteCount)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"A {type.Display()} tensor of shape {dimensions} needs {ByteCount} bytes; found {bytes.Length}.");
        }
    }

    private TensorData(ElementType type, EquatableArray<long> dimensions, Lazy<ReadOnlyMemory<byte>>? bytes)
    {
        (Type, Dimensions, _bytes) = (type, dimensions, bytes);
        ElementCount = CountElements(dimensions);
        ByteCount = checked(ElementCount * type.Size());
    }

    private TensorData(ElementType type, EquatableArray<long> dimensions, ComputedBytes computed)
        : this(type, dimensions, (Lazy<ReadOnlyMemory<byte>>?)null) => _computed = computed;

    /// <summary>The element type.</summary>
    public ElementType Type { get; }

    /// <summary>The dimensions; empty for a scalar.</summary>
    public EquatableArray<long> Dimensions { get; }

    /// <summary>The number of elements.</summary>
    public long ElementCount { get; }

    /// <summary>The number of bytes.</summary>
    public long ByteCount { get; }

    /// <summary>The values' bytes, row-major and little-endian.</summary>
    public ReadOnlyMemory<byte> Bytes => _computed?.Get(checked((int)ByteCount)) ?? _bytes!.Value;

    /// <summary>Whether the bytes are there already, and need not be made first.</summary>
    internal bool IsMade => _bytes is { IsValueCreated: true };

    /// <summary>The tensor's type as a graph value has it.</summary>
    public TensorType TensorType => new(Type, Shape.Of(Dimensions));

    /// <summary>A tensor whose bytes are made by <paramref name="make"/> when they are first asked for, and kept.</summary>
    public static TensorData Deferred(ElementType type, EquatableArray<long> dimensions, Func<ReadOnlyMemory<byte>> make) =>
        new(type, dimensions, new Lazy<ReadOnlyMemory<byte>>(make));

    /// <summary>
    /// A tensor whose bytes <paramref name="fill"/> writes whenever they are asked for and nobody has them any more, always the same ones: the first
    /// values of a network, for example, which have moved into the trainer's own memory long before the graph goes away.
    /// </summary>
    /// <param name="type">A type of fixed size.</param>
    /// <param name="dimensions">None for a scalar; none may be negative.</param>
    /// <param name="fill">Writes elements × size bytes, row-major and little-endian; several threads may call it.</param>
    public static TensorData Computed(ElementType type, EquatableArray<long> dimensions, Action<Span<byte>> fill) => new(type, dimensions, new ComputedBytes(fill));

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
        ? _computed is null ? new(Type, dimensions, _bytes) : new(Type, dimensions, _computed)
        : throw new ToolchainException(ErrorKind.BadInput, $"A tensor of shape {Dimensions} cannot become {dimensions}: the number of elements differs.");

    /// <summary>Writes the values' bytes to memory of exactly their size; computed values go there directly.</summary>
    public void CopyTo(Span<byte> destination)
    {
        if (_computed is null)
        {
            Bytes.Span.CopyTo(destination);
            return;
        }

        _computed.CopyTo(destination);
    }

    /// <summary>Whether type, dimensions and every byte agree.</summary>
    public bool ContentEquals(TensorData other) =>
        Type == other.Type && Dimensions == other.Dimensions && Bytes.Span.SequenceEqual(other.Bytes.Span);

    /// <inheritdoc/>
    public override string ToString() => TensorType.ToString();

    /// <summary>Bytes that can be made again, and are therefore kept only as long as somebody uses them.</summary>
    private sealed class ComputedBytes(Action<Span<byte>> fill)
    {
        private readonly WeakReference<byte[]> _made = new([]);

        public ReadOnlyMemory<byte> Get(int count)
        {
            if (_made.TryGetTarget(out var made) && made.Length == count)
            {
                return made;
            }

            made = new byte[count];
            fill(made);
            _made.SetTarget(made);
            return made;
        }

        public void CopyTo(Span<byte> destination)
        {
            if (_made.TryGetTarget(out var made) && made.Length == destination.Length)
            {
                made.CopyTo(destination);
                return;
            }

            fill(destination);
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
