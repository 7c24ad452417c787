using System.Globalization;
using System.Text.Json.Nodes;
using Toolchain.Registry;
using Toolchain.Registry.Cli;

namespace Toolchain.Train.Evaluation;

/// <summary>A report on values or masks, ready to be shown: its metrics, and each column or class.</summary>
/// <param name="Metrics">As manifests hold them.</param>
/// <param name="Parts">A row per column of values, or per class of pixels, under a heading.</param>
/// <param name="Json">The parts for programs: <c>columns</c> or <c>classes</c>.</param>
/// <param name="Confusion">How many pixels of each class were taken for each; null for values.</param>
internal sealed record TaskReport(SplitMetrics Metrics, IReadOnlyList<string>[] Parts, KeyValuePair<string, JsonNode?> Json, ConfusionMatrix? Confusion)
{
    /// <summary>Estimated values: <c>columns</c> with <c>name</c>, <c>mse</c>, <c>rmse</c>, <c>mae</c>, <c>r2</c>.</summary>
    public static TaskReport Of(RegressionReport report, IReadOnlyList<string> names) => new(
        report.ToMetrics(),
        [["column", "RMSE", "MAE", "R²"], .. report.Columns.Zip(names, static (c, name) => (string[])[name, Text(c.Rmse), Text(c.Mae), Text(c.R2)])],
        new("columns", new JsonArray([.. report.Columns.Zip(names, static (c, name) => new JsonObject
        {
            ["name"] = name,
            [MetricNames.Mse] = Number(c.Mse),
            [MetricNames.Rmse] = Number(c.Rmse),
            [MetricNames.Mae] = Number(c.Mae),
            [MetricNames.R2] = Number(c.R2),
        })])),
        null);

    /// <summary>Classes of pixels: <c>classes</c> with <c>name</c>, <c>iou</c>, <c>dice</c>, <c>pixels</c>, <c>predicted</c>.</summary>
    public static TaskReport Of(SegmentationReport report, IReadOnlyList<string> names) => new(
        report.ToMetrics(),
        [["class", "IoU", "Dice", "pixels"], .. report.Classes.Select(c => (string[])[names[c.Class], Text(c.Iou), Text(c.Dice), c.Support.ToString(CultureInfo.InvariantCulture)])],
        new("classes", new JsonArray([.. report.Classes.Select(c => new JsonObject
        {
            ["name"] = names[c.Class],
            ["iou"] = Number(c.Iou),
            [MetricNames.Dice] = Number(c.Dice),
            ["pixels"] = c.Support,
            ["predicted"] = c.Predicted,
        })])),
        report.Confusion);

    /// <summary>The metrics as rows.</summary>
    public IReadOnlyList<string>[] Facts() => [.. (Metrics.Values ?? new Dictionary<string, double>()).Select(static v => (string[])[v.Key, Text(v.Value)])];

    private static string Text(double value) => Display.Number(Number(value));

    private static double? Number(double value) => double.IsFinite(value) ? value : null;
}
