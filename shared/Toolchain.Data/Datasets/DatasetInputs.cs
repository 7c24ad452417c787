using System.Collections.Immutable;

namespace Toolchain.Data;

/// <summary>What a model is given for each of N samples: C channels of H × W values. Either <see cref="ImageInputs"/> or <see cref="TableInputs"/>.</summary>
public abstract class DatasetInputs
{
    private protected DatasetInputs(int values, int height, int width, int channels)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        (Height, Width, Channels, SampleLength) = (height, width, channels, checked(height * width * channels));
        if (values % SampleLength != 0)
            throw new ArgumentException($"Expected a multiple of {height} × {width} × {channels} values, found {values}.", nameof(values));
        Count = values / SampleLength;
    }

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
}

/// <summary>Images in memory, decoded: one contiguous <c>uint8 [N, H, W, C]</c> buffer.</summary>
/// <param name="pixels">The buffer, which may not change afterwards.</param>
/// <param name="height">Pixels.</param>
/// <param name="width">Pixels.</param>
/// <param name="channels">1 for grey, 3 for RGB.</param>
public sealed class ImageInputs(byte[] pixels, int height, int width, int channels) : DatasetInputs(pixels.Length, height, width, channels)
{
    /// <summary>All images, <c>uint8 [N, H, W, C]</c>.</summary>
    public ReadOnlyMemory<byte> Pixels => pixels;

    /// <summary>One image, <c>uint8 [H, W, C]</c>.</summary>
    public ReadOnlySpan<byte> Image(int index) => Samples.Row(pixels, index, SampleLength);

    internal override ImageInputs Subset(ReadOnlySpan<int> samples) => new(Samples.Gather(pixels, SampleLength, samples), Height, Width, Channels);
}

/// <summary>A table of numbers in memory, seen as images of one pixel with a channel per column, so that whatever is per channel is per column.</summary>
/// <param name="numbers"><c>float32 [N, 1, 1, C]</c>, contiguous and finite; may not change afterwards.</param>
/// <param name="columns">The names of the C columns.</param>
public sealed class TableInputs(float[] numbers, ImmutableArray<string> columns) : DatasetInputs(numbers.Length, 1, 1, columns.Length)
{
    /// <summary>What each column is called.</summary>
    public ImmutableArray<string> Columns => columns;

    /// <summary>All rows, <c>float32 [N, C]</c>.</summary>
    public ReadOnlyMemory<float> Numbers => numbers;

    /// <summary>One row, <c>float32 [C]</c>.</summary>
    public ReadOnlySpan<float> Row(int index) => Samples.Row(numbers, index, SampleLength);

    internal override TableInputs Subset(ReadOnlySpan<int> samples) => new(Samples.Gather(numbers, SampleLength, samples), columns);
}
