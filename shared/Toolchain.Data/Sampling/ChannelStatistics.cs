using System.Collections.Immutable;

namespace Toolchain.Data;

/// <summary>
/// Mean and standard deviation of each channel: of images on the 0..1 scale, as <see cref="Preprocessing"/> takes them; of a table's columns in
/// the units of its numbers.
/// </summary>
/// <param name="Mean">Per channel.</param>
/// <param name="Std">Per channel, of the population; 1 for a channel that never varies, so that dividing by it is always possible.</param>
public sealed record ChannelStatistics(ImmutableArray<float> Mean, ImmutableArray<float> Std)
{
    private const int Levels = 256;

    // What one thread takes at a time.
    private const int PartBytes = 1 << 20;

    /// <summary>
    /// Measures the chosen samples. Images are measured exactly: levels are counted, and sums of integers do not round. A table is measured in
    /// double precision, the deviation around the mean that was found first.
    /// </summary>
    /// <exception cref="ToolchainException">No sample was chosen (<see cref="ErrorKind.BadInput"/>).</exception>
    public static ChannelStatistics Of(Dataset dataset, ReadOnlySpan<int> indices)
    {
        if (indices.IsEmpty)
            throw new ToolchainException(ErrorKind.BadInput, $"Data set {dataset.Name}: no sample is left to measure mean and deviation from. Use more samples or a smaller validation fraction.");

        return dataset.Inputs switch
        {
            ImageInputs images => Of(images, indices.ToArray()),
            TableInputs table => Of(table, indices),
            _ => throw new ArgumentException($"Unknown inputs {dataset.Inputs.GetType().Name}.", nameof(dataset)),
        };
    }

    private static ChannelStatistics Of(ImageInputs images, int[] indices)
    {
        var channels = images.Channels;
        var histogram = new long[channels * Levels];
        var perPart = Math.Max(1, PartBytes / images.SampleLength);
        InParallel.For((indices.Length + perPart - 1) / perPart, part =>
        {
            var (own, pixels) = (new long[histogram.Length], new byte[images.SampleLength]);
            foreach (var index in indices.AsSpan(part * perPart, Math.Min(perPart, indices.Length - (part * perPart))))
            {
                images.Read(index, pixels);
                Count(pixels, channels, own);
            }

            lock (histogram)
            {
                for (var level = 0; level < histogram.Length; level++)
                    histogram[level] += own[level];
            }
        });

        var moments = Enumerable.Range(0, channels).Select(channel => Moments(histogram.AsSpan(channel * Levels, Levels))).ToArray();
        return new([.. moments.Select(moment => moment.Mean)], [.. moments.Select(moment => moment.Std)]);
    }

    private static ChannelStatistics Of(TableInputs table, ReadOnlySpan<int> indices)
    {
        var (mean, variance) = (new double[table.Channels], new double[table.Channels]);
        foreach (var index in indices)
        {
            var row = table.Row(index);
            for (var column = 0; column < row.Length; column++)
                mean[column] += (double)row[column] / indices.Length;
        }

        foreach (var index in indices)
        {
            var row = table.Row(index);
            for (var column = 0; column < row.Length; column++)
                variance[column] += (row[column] - mean[column]) * (row[column] - mean[column]) / indices.Length;
        }

        return new([.. mean.Select(value => (float)value)], [.. variance.Select((value, column) => Deviation(value, mean[column]))]);
    }

    // What summing leaves of a constant column's variance is rounding, not spread.
    private static float Deviation(double variance, double mean) => Math.Sqrt(variance) > 1e-9 * Math.Abs(mean) ? (float)Math.Sqrt(variance) : 1;

    private static void Count(ReadOnlySpan<byte> pixels, int channels, long[] histogram)
    {
        for (var pixel = 0; pixel < pixels.Length; pixel += channels)
        {
            for (var channel = 0; channel < channels; channel++)
                histogram[(channel * Levels) + pixels[pixel + channel]]++;
        }
    }

    private static (float Mean, float Std) Moments(ReadOnlySpan<long> histogram)
    {
        Int128 count = 0, sum = 0, squares = 0;
        for (var level = 0; level < Levels; level++)
        {
            count += histogram[level];
            sum += (Int128)histogram[level] * level;
            squares += (Int128)histogram[level] * level * level;
        }

        // n²·variance = n·Σv² − (Σv)², an integer: it is 0 exactly when the channel is constant.
        var spread = (count * squares) - (sum * sum);
        var mean = (double)sum / (double)count / (Levels - 1);
        var std = spread == 0 ? 1 : Math.Sqrt((double)spread) / (double)count / (Levels - 1);
        return ((float)mean, (float)std);
    }
}
