using System.Globalization;
using System.Xml.Linq;
using Toolchain.Train.Evaluation;
using static Toolchain.Train.Reports.Markup;
using static Toolchain.Train.Reports.ReportPage;

namespace Toolchain.Train.Reports;

/// <summary>What the test split shows: the classes, what is taken for what, the worst mistakes, and whether probabilities can be taken at their word.</summary>
internal static class TestSections
{
    /// <summary>The sections; one that says why where nothing was measured.</summary>
    public static IEnumerable<XElement> Of(ReportedRun reported)
    {
        if (reported.Test.Value is not { } test)
        {
            return [Section("test", "On the test split", Missing($"Classes, confusions, mistakes and calibration are measured with the published model, and could not be. {reported.Test.WhyNot}"))];
        }

        return (test.Classes, test.Other) switch
        {
            ({ } classes, _) =>
            [
                Section("test", "On the test split", Doubt(test), Classes(classes, test)),
                ConfusionSection.Of(classes.Confusion!, test.Names),
                Mistakes(test),
                Calibrated(classes),
            ],
            (_, { } other) => [Section("test", "On the test split", Doubt(test), Facts(other.Facts().Select(static f => (f[0], f[1]))), Tag("div.scroll", Attr("tabindex", "0"), Parts(other)))],
            _ => throw new InvalidOperationException("A measurement is of classes or of something else."),
        };
    }

    private static XElement? Doubt(TestResult test) => test.Doubt is { } doubt ? Missing(doubt) : null;

    private static IEnumerable<XElement> Classes(ClassificationReport report, TestResult test)
    {
        yield return Tag("p.note", string.Create(
            CultureInfo.InvariantCulture, $"{Figures.Count(report.Images, "image")} of {test.Data}: accuracy {Figures.Percent(report.Accuracy)}, loss {Figures.Loss(report.Loss)}, mean F1 of the classes {Figures.Percent(report.MacroF1)}."));
        XElement[] head =
        [
            Tag("th", Attr("scope", "col"), "class"),
            .. ((string[])["precision", "recall", "F1"]).Select(static n => Tag("th.n", Attr("scope", "col"), n)),
            Tag("th.bars", Attr("scope", "col")),
            .. ((string[])["images", "predicted"]).Select(static n => Tag("th.n", Attr("scope", "col"), n)),
        ];
        yield return Tag("div.scroll", Attr("tabindex", "0"), Table(".classes", head, report.Classes.Select(c => Tag(
            "tr",
            Tag("th", Attr("scope", "row"), test.Names[c.Class]),
            Tag("td.n", Figures.Percent(c.Precision)),
            Tag("td.n", Figures.Percent(c.Recall)),
            Tag("td.n", Figures.Percent(c.F1)),
            Tag("td.bars", Bar(c.F1)),
            Tag("td.n", Figures.Count(c.Support)),
            Tag("td.n", Figures.Count(c.Predicted))))));
    }

    private static XElement Parts(TaskReport report) => Table(
        ".classes",
        report.Parts[0].Select(static (name, i) => Tag(i == 0 ? "th" : "th.n", Attr("scope", "col"), name)),
        report.Parts.Skip(1).Select(static row => Tag("tr", row.Select(static (cell, i) => i == 0 ? Tag("th", Attr("scope", "row"), cell) : Tag("td.n", cell)))));

    private static XElement Mistakes(TestResult test) => Section(
        "mistakes",
        "The worst mistakes",
        test.Mistakes.Count == 0
            ? Tag("p.note", "None: every test image is classified correctly.")
            : Tag("p.note", "The wrongly classified test images with the highest losses: what each is, and with which probability it was taken for what."),
        test.Mistakes.Count == 0 ? null : Tag("ul.mistakes", test.Mistakes.Select(m => Tag(
            "li",
            m.Png is { } png
                ? Tag($"img{(m.IsPhoto ? ".photo" : "")}", Attr("src", $"data:image/png;base64,{Convert.ToBase64String(png)}"), Attr("alt", $"Test image {m.Mistake.Index}"))
                : null,
            Tag(
                "div",
                Tag("strong", test.Names[m.Mistake.TrueClass]),
                $"taken for {test.Names[m.Mistake.PredictedClass]} ({Figures.Percent(m.Mistake.Probability)})",
                Tag("span.note", $"loss {Figures.Number(m.Mistake.Loss)}, image {m.Mistake.Index}"))))));

    private static XElement Calibrated(ClassificationReport report) => Section(
        "calibration",
        "Calibration",
        Tag("p.note", string.Create(
            CultureInfo.InvariantCulture,
            $"Of the images that a class was predicted for with probability 0.8, 80 % should be of it. Bars show the share that was right; the part in another colour is the gap to the mean probability. Expected calibration error {Figures.Percent(report.Calibration.ExpectedError)}, largest gap {Figures.Percent(report.Calibration.MaximumError)}, Brier score {Figures.Loss(report.Calibration.Brier)}.")),
        Tag("div.columns", CalibrationDrawing.Of(report.Calibration), Tag("div.scroll", Attr("tabindex", "0"), Bins(report.Calibration))));

    private static XElement Bins(Calibration calibration) => Table(
        ".bins",
        [Tag("th", Attr("scope", "col"), "probability"), .. ((string[])["images", "right", "mean probability", "gap"]).Select(static n => Tag("th.n", Attr("scope", "col"), n))],
        calibration.Bins.Where(static b => b.Images > 0).Select(static b => Tag(
            "tr",
            Tag("th", Attr("scope", "row"), string.Create(CultureInfo.InvariantCulture, $"{b.From:0.00} to {b.To:0.00}")),
            Tag("td.n", Figures.Count(b.Images)),
            Tag("td.n", Figures.Percent(b.Accuracy)),
            Tag("td.n", Figures.Percent(b.Confidence)),
            Tag("td.n", Figures.Percent(b.Gap)))));
}
