using System.Collections.Immutable;

namespace Toolchain.Serve.Metrics;

/// <summary>How often values fell between bounds, and their sum. Counting takes no lock and allocates nothing.</summary>
/// <param name="bounds">The buckets' inclusive upper bounds, ascending; a last bucket without a bound follows them.</param>
internal sealed class Histogram(ImmutableArray<long> bounds)
{
    private readonly long[] _counts = new long[bounds.Length + 1];
    private long _sum;

    /// <summary>Counts a value.</summary>
    public void Observe(long value)
    {
        var place = bounds.AsSpan().BinarySearch(value);
        Interlocked.Increment(ref _counts[place < 0 ? ~place : place]);
        Interlocked.Add(ref _sum, value);
    }

    /// <summary>What was counted so far.</summary>
    public HistogramCounts Read()
    {
        var counts = new long[_counts.Length];
        for (var i = 0; i < counts.Length; i++)
        {
            counts[i] = Volatile.Read(ref _counts[i]);
        }

        return new(bounds, [.. counts], Volatile.Read(ref _sum));
    }
}

/// <summary>What a histogram counted.</summary>
/// <param name="Bounds">The buckets' inclusive upper bounds, ascending.</param>
/// <param name="Counts">The values of each bucket, not of those before it too; the last one is for values above all bounds.</param>
/// <param name="Sum">The sum of all values.</param>
internal sealed record HistogramCounts(ImmutableArray<long> Bounds, ImmutableArray<long> Counts, long Sum)
{
    /// <summary>The number of values.</summary>
    public long Count => Counts.Sum();
}
