namespace Toolchain.Bench.Serving;

/// <summary>What became of the requests of one measurement.</summary>
/// <param name="Accepted">How long each request took that was answered with 200, in ms, shortest first; in an open loop from when it was due.</param>
/// <param name="Refused">Requests that were answered with 503.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record LoadReport(double[] Accepted, int Refused, double Seconds)
{
    /// <summary>Requests that were answered with 200, per second.</summary>
    public double PerSecond => Accepted.Length / Seconds;

    /// <summary>The time that a part of the accepted requests did not exceed, in ms.</summary>
    public double Percentile(double part) => Statistics.Percentile(Accepted, part);
}

/// <summary>Summaries of numbers.</summary>
internal static class Statistics
{
    /// <summary>The number that a part of the others does not exceed.</summary>
    /// <param name="sorted">Smallest first.</param>
    /// <param name="part">0..1.</param>
    public static double Percentile(IReadOnlyList<double> sorted, double part) =>
        sorted.Count > 0 ? sorted[Math.Min(sorted.Count - 1, (int)(part * sorted.Count))] : double.NaN;

    /// <summary>The middle one.</summary>
    public static double Median(this IEnumerable<double> numbers) => Percentile([.. numbers.Order()], 0.5);
}
