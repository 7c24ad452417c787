namespace Toolchain.Train.Evaluation;

/// <summary>
/// How far probabilities can be taken at their word (Guo et al. 2017, arXiv 1706.04599): of the images that a class was predicted for with
/// probability 0.8, 80 % should be of that class.
/// </summary>
/// <param name="ExpectedError">ECE: the mean of |accuracy − confidence| over the bins, weighted by images; 0..1.</param>
/// <param name="MaximumError">MCE: the largest |accuracy − confidence| of a bin; 0..1.</param>
/// <param name="Brier">The mean squared distance between the probabilities and the one-hot label, 0..2 (Brier 1950).</param>
/// <param name="Bins"><see cref="BinCount"/> bins of equal width.</param>
public sealed record Calibration(double ExpectedError, double MaximumError, double Brier, EquatableArray<ReliabilityBin> Bins)
{
    /// <summary>The number of bins, as in the paper.</summary>
    public const int BinCount = 15;

    internal static Calibration Of(double[] sums, double brier)
    {
        var bins = Enumerable.Range(0, BinCount).Select(b =>
        {
            var (images, confidence, hits) = (sums[b], sums[BinCount + b], sums[(2 * BinCount) + b]);
            return new ReliabilityBin((double)b / BinCount, (b + 1.0) / BinCount, (long)images, confidence / images, hits / images);
        }).ToEquatableArray();
        var filled = bins.Where(static b => b.Images > 0).ToArray();
        var total = filled.Sum(static b => b.Images);
        return new(
            filled.Sum(b => b.Gap * b.Images / total),
            filled.Aggregate(0.0, static (largest, b) => Math.Max(largest, b.Gap)),
            brier,
            bins);
    }
}

/// <summary>The images whose prediction had a probability in one range.</summary>
/// <param name="From">Above this, 0..1.</param>
/// <param name="To">Up to and with this, 0..1.</param>
/// <param name="Images">How many.</param>
/// <param name="Confidence">The mean probability of their predicted class; NaN without images.</param>
/// <param name="Accuracy">The share that was right; NaN without images.</param>
public readonly record struct ReliabilityBin(double From, double To, long Images, double Confidence, double Accuracy)
{
    /// <summary>|accuracy − confidence|.</summary>
    public double Gap => Math.Abs(Accuracy - Confidence);
}
