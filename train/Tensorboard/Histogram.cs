using Toolchain.Train.Tensorboard.Schema;

namespace Toolchain.Train.Tensorboard;

/// <summary>Counts values in buckets of equal width.</summary>
internal static class Histogram
{
    private const int Buckets = 64;

    /// <summary>The histogram of the values that are finite; null when none is.</summary>
    public static HistogramProto? Of(ReadOnlySpan<float> values)
    {
        var (min, max, sum, squares, count) = (double.PositiveInfinity, double.NegativeInfinity, 0.0, 0.0, 0L);
        foreach (var value in values)
        {
            if (float.IsFinite(value))
            {
                (min, max, count) = (Math.Min(min, value), Math.Max(max, value), count + 1);
                sum += value;
                squares += (double)value * value;
            }
        }

        if (count == 0)
        {
            return null;
        }

        var histogram = new HistogramProto { Min = min, Max = max, Num = count, Sum = sum, SumSquares = squares };
        if (min == max)
        {
            histogram.BucketLimit.Add(max);
            histogram.Bucket.Add(count);
            return histogram;
        }

        var counts = new double[Buckets];
        var perUnit = Buckets / (max - min);
        foreach (var value in values)
        {
            if (float.IsFinite(value))
            {
                counts[Math.Min(Buckets - 1, (int)((value - min) * perUnit))]++;
            }
        }

        for (var i = 1; i <= Buckets; i++)
        {
            histogram.BucketLimit.Add(i == Buckets ? max : min + ((max - min) * i / Buckets));
        }

        histogram.Bucket.Add(counts);
        return histogram;
    }
}
