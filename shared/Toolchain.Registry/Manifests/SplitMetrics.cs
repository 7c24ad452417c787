using System.Globalization;

namespace Toolchain.Registry;

/// <summary>What was measured on one split.</summary>
/// <param name="Images">Images that were measured.</param>
/// <param name="Accuracy">The share of images whose best class is the true one, 0..1; null where the task has none.</param>
/// <param name="Loss">The mean loss per image; null where it was not measured.</param>
public sealed record SplitMetrics(long Images, double? Accuracy = null, double? Loss = null)
{
    /// <summary>Further numbers by name, those of <see cref="MetricNames"/> among them; null for none.</summary>
    public IReadOnlyDictionary<string, double>? Values { get; init => field = value is null ? null : Maps.Sorted(value); }

    /// <summary>Metrics without those that are not numbers: they were not measured.</summary>
    public static SplitMetrics Of(long images, double? accuracy, double? loss, IEnumerable<KeyValuePair<string, double>> values)
    {
        var measured = values.Where(static v => double.IsFinite(v.Value)).ToDictionary();
        return new(images, Finite(accuracy), Finite(loss)) { Values = measured.Count > 0 ? measured : null };
    }

    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;
}

/// <summary>The names of metrics in manifests and in results.</summary>
public static class MetricNames
{
    /// <summary>The expected calibration error, 0..1.</summary>
    public const string Ece = "ece";

    /// <summary>The Brier score, 0..2.</summary>
    public const string Brier = "brier";

    /// <summary>The mean F1 over classes, 0..1.</summary>
    public const string MacroF1 = "macro_f1";

    /// <summary>The mean squared error.</summary>
    public const string Mse = "mse";

    /// <summary>The root of the mean squared error.</summary>
    public const string Rmse = "rmse";

    /// <summary>The mean absolute error.</summary>
    public const string Mae = "mae";

    /// <summary>The coefficient of determination, up to 1.</summary>
    public const string R2 = "r2";

    /// <summary>The mean intersection over union of the classes, 0..1.</summary>
    public const string MeanIou = "mean_iou";

    /// <summary>The mean Dice coefficient of the classes, 0..1.</summary>
    public const string Dice = "dice";

    /// <summary>The share of images whose true class is among the k most probable ones, 0..1: <c>top5</c>.</summary>
    public static string Top(int k) => string.Create(CultureInfo.InvariantCulture, $"top{k}");
}
