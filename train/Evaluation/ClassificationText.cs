using System.Globalization;
using Toolchain.Registry.Cli;

namespace Toolchain.Train.Evaluation;

/// <summary>A classification report for people: lines, and rows of tables.</summary>
internal static class ClassificationText
{
    /// <summary>What the probabilities and the classes' averages are worth.</summary>
    public static IReadOnlyList<string>[] Facts(ClassificationReport report) =>
    [
        .. report.TopK.Select(static t => (string[])[Invariant($"top-{t.K} accuracy"), Display.Percent(t.Accuracy)]),
        ["macro precision, recall, F1", Invariant($"{report.MacroPrecision:f4}, {report.MacroRecall:f4}, {report.MacroF1:f4}")],
        ["calibration error (ECE)", Number(report.Calibration.ExpectedError)],
        ["Brier score", Number(report.Calibration.Brier)],
    ];

    /// <summary>Every member of an ensemble, and the ensemble.</summary>
    public static IReadOnlyList<string>[] Members(EvaluationReport report) =>
    [
        ["model", "accuracy", "loss", "ECE"],
        .. report.Members.Append(new("ensemble", report.Report)).Select(static m => (string[])
            [m.Name, Display.Percent(m.Report.Accuracy), Number(m.Report.Loss), Number(m.Report.Calibration.ExpectedError)]),
    ];

    /// <summary>Every class.</summary>
    public static IReadOnlyList<string>[] Classes(ClassificationReport report, IReadOnlyList<string> names) =>
    [
        ["class", "precision", "recall", "F1", "images"],
        .. report.Classes.Select(c => (string[])[names[c.Class], Number(c.Precision), Number(c.Recall), Number(c.F1), Invariant($"{c.Support}")]),
        ["macro mean", Number(report.MacroPrecision), Number(report.MacroRecall), Number(report.MacroF1), Invariant($"{report.Images}")],
    ];

    /// <summary>How often each class was taken for each, under the classes' numbers.</summary>
    public static IReadOnlyList<string>[] Confusion(ConfusionMatrix confusion, IReadOnlyList<string> names) =>
    [
        ["true class \\ predicted", .. Enumerable.Range(0, confusion.Classes).Select(static c => Invariant($"{c}"))],
        .. Enumerable.Range(0, confusion.Classes).Select(c => (string[])[Invariant($"{c} {names[c]}"), .. confusion.Row(c).ToArray().Select(static count => Invariant($"{count}"))]),
    ];

    private static string Number(double value) => double.IsFinite(value) ? value.ToString("f4", CultureInfo.InvariantCulture) : "-";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
