using System.Collections.Immutable;

namespace Toolchain.Data;

/// <summary>What a model is given for each of N samples: C channels of H × W values. Either <see cref="ImageInputs"/> or <see cref="TableInputs"/>.</summary>
public abstract class DatasetInputs
{
    private protected DatasetInputs(int count, int height, int width, int channels) =>
        (Count, Height, Width, Channels, SampleLength) = (count, height, width, channels, LengthOf(height, width, channels));

    /// <summary>Number of samples, N.</summary>
    public int Count { get; }

    /// <summary>Pixels; 1 for a table.</summary>
    public int Height { get; }

    /// <summary>Pixels; 1 for a table.</summary>
    public int Width { get; }

    /// <summary>1 for grey images, 3 for RGB; the columns of a table.</summary>
    public int Channels { get; }

    /// <summary>Values of one sample: H · W · C.</summary>
    public int SampleLength { get; }

    internal abstract DatasetInputs Subset(ReadOnlySpan<int> samples);

    /// <summary>These samples and, after them, others of the same kind and shape.</summary>
    internal abstract DatasetInputs Join(DatasetInputs others);

    private protected static int LengthOf(int height, int width, int channels)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        return checked(height * width * channels);
    }

    private protected static int CountOf(int values, int length) =>
        values % length == 0 ? values / length : throw new ArgumentException($"Expected a multiple of {length} values, found {values}.", nameof(values));
}

/// <summary>Decoded images, in memory or read when they are asked for. Safe to read from many threads at once.</summary>
public sealed class ImageInputs : DatasetInputs
{
    /// <summary>Images in memory.</summary>
    /// <param name="pixels"><c>uint8 [N, H, W, C]</c>, contiguous; may not change afterwards.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="channels">1 for grey, 3 for RGB.</param>
    public ImageInputs(byte[] pixels, int height, int width, int channels)
        : this(new MemoryRows(pixels, LengthOf(height, width, channels)), new(height, width, channels))
    {
    }

    internal ImageInputs(PixelRows rows, PixelShape shape)
        : base(rows.Count, shape.Height, shape.Width, shape.Channels) => Rows = rows;

    /// <summary>All images, <c>uint8 [N, H, W, C]</c>, which are read into memory unless they are there: for small parts of a data set.</summary>
    /// <exception cref="ToolchainException">They do not fit (<see cref="ErrorKind.Unavailable"/>), or a file is damaged (<see cref="ErrorKind.BadInput"/>).</exception>
    public ReadOnlyMemory<byte> Pixels => Rows.All();

    internal PixelRows Rows { get; }

    internal PixelShape Shape => new(Height, Width, Channels);

    /// <summary>One image, <c>uint8 [H, W, C]</c>: in place in memory, otherwise a copy.</summary>
    /// <exception cref="ToolchainException">Its file is damaged (<see cref="ErrorKind.BadInput"/>).</exception>
    public ReadOnlySpan<byte> Image(int index) => Rows.Row(index);

    /// <summary>Reads one image.</summary>
    /// <param name="index">From 0.</param>
    /// <param name="pixels">Receives <c>uint8 [H, W, C]</c>; exactly that long.</param>
    /// <exception cref="ToolchainException">Its file is damaged; the message has the path (<see cref="ErrorKind.BadInput"/>).</exception>
    public void Read(int index, Span<byte> pixels) => Rows.Read(index, pixels);

    internal override ImageInputs Subset(ReadOnlySpan<int> samples) => new(Rows.Subset(samples), Shape);

    internal override ImageInputs Join(DatasetInputs others) => new(new JoinedRows(Rows, ((ImageInputs)others).Rows), Shape);
}

/// <summary>A table of numbers in memory, seen as images of one pixel with a channel per column, so that whatever is per channel is per column.</summary>
/// <param name="numbers"><c>float32 [N, 1, 1, C]</c>, contiguous and finite; may not change afterwards.</param>
/// <param name="columns">The names of the C columns.</param>
public sealed class TableInputs(float[] numbers, ImmutableArray<string> columns) : DatasetInputs(CountOf(numbers.Length, LengthOf(1, 1, columns.Length)), 1, 1, columns.Length)
{
    /// <summary>What each column is called.</summary>
    public ImmutableArray<string> Columns => columns;

    /// <summary>All rows, <c>float32 [N, C]</c>.</summary>
    public ReadOnlyMemory<float> Numbers => numbers;

    /// <summary>One row, <c>float32 [C]</c>.</summary>
    public ReadOnlySpan<float> Row(int index) => Samples.Row(numbers, index, SampleLength);

    internal override TableInputs Subset(ReadOnlySpan<int> samples) => new(Samples.Gather(numbers, SampleLength, samples), columns);

    internal override TableInputs Join(DatasetInputs others) => new([.. numbers, .. ((TableInputs)others).Numbers.Span], columns);
}
