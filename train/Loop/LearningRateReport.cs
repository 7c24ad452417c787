namespace Toolchain.Train.Loop;

/// <summary>One step of a learning rate range test.</summary>
/// <param name="LearningRate">The step's rate.</param>
/// <param name="Loss">The batch's loss before the step.</param>
/// <param name="Smoothed">The moving average of the losses so far.</param>
public readonly record struct LearningRatePoint(double LearningRate, double Loss, double Smoothed);

/// <summary>What a learning rate range test found (Smith 2017, arXiv 1506.01186).</summary>
/// <param name="Points">The steps, at rates that grow by the same factor each.</param>
/// <param name="Diverged">Whether the loss exploded, which ended the test.</param>
public sealed record LearningRateReport(IReadOnlyList<LearningRatePoint> Points, bool Diverged)
{
    // The first averages are of few batches, and a slope between neighbours is mostly noise.
    private const double SkippedShare = 0.1;
    private const double WindowShare = 0.04;

    /// <summary>The step with the lowest smoothed loss; the first of equals.</summary>
    public LearningRatePoint Lowest => Points.MinBy(static p => p.Smoothed);

    /// <summary>
    /// A rate for training: the one at which the smoothed loss fell fastest per factor of the rate, before its lowest point; null when it never fell
    /// in this range.
    /// </summary>
    public LearningRatePoint? Steepest
    {
        get
        {
            var window = Math.Max(1, (int)(Points.Count * WindowShare));
            var first = Math.Max(window, (int)(Points.Count * SkippedShare));
            var end = Math.Min(Points.Index().MinBy(static p => p.Item.Smoothed).Index + 1, Points.Count - window);
            var slopes = Enumerable.Range(first, Math.Max(0, end - first))
                .Select(i => (Point: Points[i], Slope: Points[i + window].Smoothed - Points[i - window].Smoothed))
                .ToArray();
            return slopes.Length > 0 && slopes.MinBy(static s => s.Slope) is { Slope: < 0 } steepest ? steepest.Point : null;
        }
    }

    /// <summary>Another common choice, and the more careful one where the curve is flat: a tenth of the rate with the lowest loss.</summary>
    public double TenthOfLowest => Lowest.LearningRate / 10;
}
