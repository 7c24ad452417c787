using Toolchain.Registry;

namespace Toolchain.Train.Evaluation;

/// <summary>How good predictions of each pixel's class are. Pixels that count nowhere are left out.</summary>
/// <param name="Images">Images that were measured.</param>
/// <param name="Loss">The mean cross-entropy per pixel, in nats.</param>
/// <param name="Confusion">How many pixels of each class were taken for each.</param>
public sealed record SegmentationReport(long Images, double Loss, ConfusionMatrix Confusion)
{
    /// <summary>Pixels that count.</summary>
    public long Pixels { get; } = Confusion.Counts.Sum();

    /// <summary>Each class, by number; the counts are of pixels.</summary>
    public EquatableArray<RegionScore> Classes { get; } = Enumerable.Range(0, Confusion.Classes).Select(c => new RegionScore(
        c,
        Enumerable.Range(0, Confusion.Classes).Sum(p => Confusion[c, p]),
        Enumerable.Range(0, Confusion.Classes).Sum(t => Confusion[t, c]),
        Confusion[c, c])).ToEquatableArray();

    /// <summary>The share of pixels whose class is right, 0..1; NaN without pixels.</summary>
    public double PixelAccuracy => (double)Classes.Sum(static c => c.Hits) / Pixels;

    /// <summary>The mean intersection over union of the classes that occur, 0..1.</summary>
    public double MeanIou => Mean(static c => c.Iou);

    /// <summary>The mean Dice coefficient of the classes that occur, 0..1.</summary>
    public double MeanDice => Mean(static c => c.Dice);

    /// <summary>The entry of a manifest; its accuracy is that of the pixels.</summary>
    public SplitMetrics ToMetrics() => SplitMetrics.Of(Images, PixelAccuracy, Loss, [KeyValuePair.Create(MetricNames.MeanIou, MeanIou), KeyValuePair.Create(MetricNames.Dice, MeanDice)]);

    private double Mean(Func<RegionScore, double> score) => Classes.Select(score).Where(static s => !double.IsNaN(s)).DefaultIfEmpty(double.NaN).Average();
}

/// <summary>One class of pixels.</summary>
/// <param name="Class">Its number.</param>
/// <param name="Support">Pixels that are of it.</param>
/// <param name="Predicted">Pixels that were taken for it.</param>
/// <param name="Hits">Pixels that are both.</param>
public readonly record struct RegionScore(int Class, long Support, long Predicted, long Hits)
{
    /// <summary>Intersection over union, 0..1; NaN for a class that does not occur.</summary>
    public double Iou => (double)Hits / (Support + Predicted - Hits);

    /// <summary>The Dice coefficient, which is the F1 of the pixels, 0..1; NaN for a class that does not occur.</summary>
    public double Dice => 2.0 * Hits / (Support + Predicted);
}
