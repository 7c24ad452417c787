using System.Collections.Immutable;

namespace Toolchain.Serve.Metrics;

/// <summary>The bounds of the histograms.</summary>
internal static class MetricBounds
{
    /// <summary>Durations, in ticks of 100 ns: from 10 µs, which a trivial model needs, to 10 s.</summary>
    public static ImmutableArray<long> Durations { get; } =
    [
        .. new long[]
        {
            10, 20, 35, 50, 75, 100, 150, 200, 300, 500, 750, 1_000, 1_500, 2_000, 3_000, 5_000, 7_500, 10_000, 15_000, 20_000,
            30_000, 50_000, 75_000, 100_000, 200_000, 500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000,
        }.Select(static microseconds => microseconds * TimeSpan.TicksPerMicrosecond),
    ];

    /// <summary>Rows of a batch.</summary>
    public static ImmutableArray<long> BatchSizes { get; } = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 128, 256, 512, 1024, 4096];
}
