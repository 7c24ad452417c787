using System.Globalization;
using System.Xml.Linq;
using Toolchain.Train.Evaluation;
using static Toolchain.Train.Reports.Markup;

namespace Toolchain.Train.Reports;

/// <summary>
/// The reliability diagram (see <see cref="ReliabilityDiagram"/>) in the page's own colours, with each bin's figures at the pointer and under the arrow
/// keys.
/// </summary>
internal static class CalibrationDrawing
{
    private const double Left = 44;
    private const double Top = 8;
    private const double Side = 340;
    private const double Width = Left + Side + 8;
    private const double CountsTop = Top + Side + 44;
    private const double CountsHeight = 56;
    private const double Height = CountsTop + CountsHeight + 26;

    /// <summary>Draws the bins.</summary>
    public static XElement Of(Calibration calibration)
    {
        // A confidence that is no number has a bin, but no place on the axis.
        ReliabilityBin[] bins = [.. calibration.Bins.Where(static b => b.Images > 0 && !double.IsNaN(b.Gap))];
        var most = bins.Length > 0 ? bins.Max(static b => b.Images) : 1;
        return Tag(
            "div.diagram",
            Attr("data-tips", 1),
            Attr("tabindex", "0"),
            Attr("role", "img"),
            Attr("aria-label", "Reliability diagram; the arrow keys show the bins"),
            Tag(
                "svg",
                Attr("viewBox", $"0 0 {Text(Width)} {Text(Height)}"),
                Enumerable.Range(0, 6).SelectMany(static i => Grid(i / 5.0)),
                Label(Left + (Side / 2), Top + Side + 36, "probability of the predicted class", "middle"),
                bins.SelectMany(Bar),
                Line("agree", Left, Top + Side, Left + Side, Top),
                bins.Select(b => Rect("share", b, CountsTop + CountsHeight - Math.Max(1, CountsHeight * b.Images / most), CountsTop + CountsHeight)),
                Line("grid", Left, CountsTop + CountsHeight, Left + Side, CountsTop + CountsHeight),
                Label(Left - 8, CountsTop + 10, Figures.Count(most), "end"),
                Label(Left + (Side / 2), CountsTop + CountsHeight + 18, "images", "middle"),
                bins.Select(Hit)));
    }

    private static IEnumerable<XElement> Grid(double share)
    {
        var text = share.ToString("0.0", CultureInfo.InvariantCulture);
        yield return Line("grid", Left, Up(share), Left + Side, Up(share));
        yield return Label(Left - 8, Up(share) + 4, text, "end");
        yield return Label(Left + (share * Side), Top + Side + 18, text, "middle");
    }

    private static IEnumerable<XElement> Bar(ReliabilityBin bin)
    {
        yield return Rect("share", bin, Up(bin.Accuracy), Up(0));
        yield return Rect("gap", bin, Up(Math.Max(bin.Accuracy, bin.Confidence)), Up(Math.Min(bin.Accuracy, bin.Confidence)));
    }

    private static XElement Hit(ReliabilityBin bin)
    {
        var hit = Rect("hit", bin, Top, CountsTop + CountsHeight);
        hit.Add(Attr("data-tip", string.Create(
            CultureInfo.InvariantCulture,
            $"probability {bin.From:0.00} to {bin.To:0.00}\nright\t{Figures.Percent(bin.Accuracy)}\nmean probability\t{Figures.Percent(bin.Confidence)}\nimages\t{Figures.Count(bin.Images)}")));
        return hit;
    }

    private static XElement Rect(string kind, ReliabilityBin bin, double from, double to) => Tag(
        $"rect.{kind}",
        Attr("x", Text(Left + (bin.From * Side) + 1)),
        Attr("y", Text(from)),
        Attr("width", Text(((bin.To - bin.From) * Side) - 2)),
        Attr("height", Text(to - from)));

    private static XElement Line(string kind, double x1, double y1, double x2, double y2) =>
        Tag($"line.{kind}", Attr("x1", Text(x1)), Attr("y1", Text(y1)), Attr("x2", Text(x2)), Attr("y2", Text(y2)));

    private static XElement Label(double x, double y, string text, string anchor) =>
        Tag("text", Attr("x", Text(x)), Attr("y", Text(y)), Attr("text-anchor", anchor), text);

    private static double Up(double share) => Top + ((1 - share) * Side);

    private static string Text(double value) => Figures.Coordinate(value);
}
