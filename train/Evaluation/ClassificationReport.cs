using Toolchain.Registry;
using Toolchain.Train.Loop;

namespace Toolchain.Train.Evaluation;

/// <summary>How good predictions of classes are. Numbers that the predictions do not define are NaN.</summary>
/// <param name="Images">Images that were measured.</param>
/// <param name="Loss">The mean negative log-likelihood of the true class, which is the cross-entropy, in nats.</param>
/// <param name="Accuracy">The share of images whose most probable class is the true one, 0..1.</param>
/// <param name="TopK">The top-k accuracies that were asked for.</param>
/// <param name="Classes">Each class, by number.</param>
/// <param name="Calibration">How far probabilities can be taken at their word.</param>
/// <param name="Confusion">How often each class was taken for each; null unless it was asked for.</param>
public sealed record ClassificationReport(
    long Images, double Loss, double Accuracy, EquatableArray<TopAccuracy> TopK, EquatableArray<ClassScore> Classes, Calibration Calibration, ConfusionMatrix? Confusion)
{
    /// <summary>The mean precision of the classes that occur, 0..1.</summary>
    public double MacroPrecision => Macro(static c => c.Precision);

    /// <summary>The mean recall of the classes that occur, 0..1.</summary>
    public double MacroRecall => Macro(static c => c.Recall);

    /// <summary>The mean F1 of the classes that occur, 0..1.</summary>
    public double MacroF1 => Macro(static c => c.F1);

    /// <summary>Loss and accuracy alone.</summary>
    public SplitScore Score => new(Images, Loss, Accuracy);

    /// <summary>The entry of a manifest.</summary>
    public SplitMetrics ToMetrics() => SplitMetrics.Of(Images, Accuracy, Loss,
    [
        KeyValuePair.Create(MetricNames.Ece, Calibration.ExpectedError),
        KeyValuePair.Create(MetricNames.Brier, Calibration.Brier),
        KeyValuePair.Create(MetricNames.MacroF1, MacroF1),
        .. TopK.Select(static t => KeyValuePair.Create(MetricNames.Top(t.K), t.Accuracy)),
    ]);

    private double Macro(Func<ClassScore, double> score) => Classes.Where(static c => c.Occurs).Select(score).DefaultIfEmpty(double.NaN).Average();
}

/// <summary>The share of images whose true class is among the most probable ones.</summary>
/// <param name="K">How many count as most probable.</param>
/// <param name="Accuracy">The share, 0..1.</param>
public readonly record struct TopAccuracy(int K, double Accuracy);

/// <summary>One class.</summary>
/// <param name="Class">Its number.</param>
/// <param name="Support">Images that are of it.</param>
/// <param name="Predicted">Images that were taken for it.</param>
/// <param name="Hits">Images that are of it and were taken for it.</param>
public readonly record struct ClassScore(int Class, long Support, long Predicted, long Hits)
{
    /// <summary>Whether any image is of the class or was taken for it; means leave out those that do not occur.</summary>
    public bool Occurs => Support + Predicted > 0;

    /// <summary>Hits / predicted, 0..1; 0 where nothing was taken for it.</summary>
    public double Precision => Share(Hits, Predicted);

    /// <summary>Hits / support, 0..1; 0 where nothing is of it.</summary>
    public double Recall => Share(Hits, Support);

    /// <summary>The harmonic mean of precision and recall, 0..1; 0 without hits.</summary>
    public double F1 => Share(2 * Hits, Support + Predicted);

    private static double Share(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}

/// <summary>How often each class was taken for each.</summary>
/// <param name="Classes">The number of classes, K.</param>
/// <param name="Counts">K × K counts: a row per true class, a column per predicted one.</param>
public sealed record ConfusionMatrix(int Classes, EquatableArray<long> Counts)
{
    /// <summary>How many of one class were taken for another.</summary>
    public long this[int trueClass, int predictedClass] => Counts[(trueClass * Classes) + predictedClass];

    /// <summary>The counts of a true class, by predicted class.</summary>
    public ReadOnlySpan<long> Row(int trueClass) => Counts.AsSpan().Slice(trueClass * Classes, Classes);
}
