using System.Text.Json.Nodes;
using Toolchain.Registry;

namespace Toolchain.Train.Evaluation;

/// <summary>A classification report for programs; what is no number is null.</summary>
internal static class ClassificationJson
{
    /// <summary>
    /// <c>accuracy</c>, <c>loss</c> (nats), <c>images</c>, <c>topK</c> for each k, <c>macro_precision</c>, <c>macro_recall</c>, <c>macro_f1</c>, <c>ece</c>,
    /// <c>mce</c>, <c>brier</c>; <c>classes</c> with <c>name</c>, <c>precision</c>, <c>recall</c>, <c>f1</c>, <c>images</c>, <c>predicted</c>;
    /// <c>reliability</c> with <c>from</c>, <c>to</c>, <c>images</c>, <c>confidence</c>, <c>accuracy</c>; <c>confusion</c>, a row per true class, or null.
    /// </summary>
    public static IEnumerable<KeyValuePair<string, JsonNode?>> Of(ClassificationReport report, IReadOnlyList<string> names) =>
    [
        .. Summary(report),
        .. report.TopK.Select(static t => Entry(MetricNames.Top(t.K), t.Accuracy)),
        Entry("macro_precision", Number(report.MacroPrecision)),
        Entry("macro_recall", Number(report.MacroRecall)),
        Entry(MetricNames.MacroF1, Number(report.MacroF1)),
        Entry("mce", Number(report.Calibration.MaximumError)),
        Entry(MetricNames.Brier, Number(report.Calibration.Brier)),
        Entry("classes", new JsonArray([.. report.Classes.Select(c => Class(c, names))])),
        Entry("reliability", new JsonArray([.. report.Calibration.Bins.Select(Bin)])),
        Entry("confusion", report.Confusion is { } confusion ? Rows(confusion) : null),
    ];

    /// <summary><c>accuracy</c>, <c>loss</c>, <c>images</c> and <c>ece</c>.</summary>
    public static IEnumerable<KeyValuePair<string, JsonNode?>> Summary(ClassificationReport report) =>
    [
        Entry("accuracy", report.Accuracy),
        Entry("loss", Number(report.Loss)),
        Entry("images", report.Images),
        Entry(MetricNames.Ece, Number(report.Calibration.ExpectedError)),
    ];

    /// <summary>A row of counts per true class.</summary>
    public static JsonArray Rows(ConfusionMatrix confusion) => new([.. Enumerable.Range(0, confusion.Classes)
        .Select(c => new JsonArray([.. confusion.Row(c).ToArray().Select(static count => (JsonNode)count)]))]);

    private static JsonObject Class(ClassScore score, IReadOnlyList<string> names) => new()
    {
        ["name"] = names[score.Class],
        ["precision"] = score.Precision,
        ["recall"] = score.Recall,
        ["f1"] = score.F1,
        ["images"] = score.Support,
        ["predicted"] = score.Predicted,
    };

    private static JsonObject Bin(ReliabilityBin bin) => new()
    {
        ["from"] = bin.From,
        ["to"] = bin.To,
        ["images"] = bin.Images,
        ["confidence"] = Number(bin.Confidence),
        ["accuracy"] = Number(bin.Accuracy),
    };

    private static KeyValuePair<string, JsonNode?> Entry(string name, JsonNode? value) => new(name, value);

    private static double? Number(double value) => double.IsFinite(value) ? value : null;
}
