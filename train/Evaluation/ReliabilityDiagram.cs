using System.Globalization;
using System.Security;
using System.Text;

namespace Toolchain.Train.Evaluation;

/// <summary>
/// A reliability diagram as SVG: a bar per bin of confidence, as high as the share of its images that were right, against the diagonal on which
/// confidence and accuracy agree; below, how many images each bin has. It follows the viewer's light or dark colours.
/// </summary>
internal static class ReliabilityDiagram
{
    private const int Left = 56;
    private const int Top = 48;
    private const int Side = 360;
    private const int CountsTop = Top + Side + 52;
    private const int CountsHeight = 72;
    private const int Width = Left + Side + 24;
    private const int Height = CountsTop + CountsHeight + 12;

    private const string Style = """
        svg { color-scheme: light dark; background: #ffffff; }
        text { font: 13px system-ui, sans-serif; fill: #1f2328; }
        .title { font-weight: 600; }
        .note { fill: #59636e; font-size: 11px; }
        .grid { stroke: #d1d9e0; }
        .agree { stroke: #59636e; stroke-dasharray: 5 4; }
        .bar { fill: #0969da; }
        .gap { fill: #cf222e; fill-opacity: 0.35; }
        @media (prefers-color-scheme: dark) {
          svg { background: #0d1117; }
          text { fill: #f0f6fc; }
          .note { fill: #9198a1; }
          .grid { stroke: #3d444d; }
          .agree { stroke: #9198a1; }
          .bar { fill: #4493f8; }
          .gap { fill: #f85149; fill-opacity: 0.45; }
        }
        """;

    /// <summary>Draws the bins.</summary>
    /// <param name="calibration">The bins.</param>
    /// <param name="title">One line above the diagram; any text.</param>
    public static string Svg(Calibration calibration, string title)
    {
        var svg = new StringBuilder();
        Line(svg, $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" width="{Width}" height="{Height}" role="img" aria-labelledby="t">""");
        Line(svg, $"<title id=\"t\">{SecurityElement.Escape(title)}</title>");
        svg.Append("<style>\n").Append(Style).Append("\n</style>\n");
        Line(svg, $"<text class=\"title\" x=\"{Left}\" y=\"18\">{SecurityElement.Escape(title)}</text>");
        Line(svg, $"<text class=\"note\" x=\"{Left}\" y=\"36\">expected calibration error {Number(calibration.ExpectedError)}, largest {Number(calibration.MaximumError)}</text>");
        Axes(svg);
        foreach (var bin in calibration.Bins.Where(static b => b.Images > 0))
        {
            Bar(svg, bin);
        }

        Line(svg, $"""<line class="agree" x1="{Left}" y1="{Top + Side}" x2="{Left + Side}" y2="{Top}"/>""");
        Counts(svg, calibration);
        svg.Append("</svg>\n");
        return svg.ToString();
    }

    private static void Axes(StringBuilder svg)
    {
        for (var i = 0; i <= 5; i++)
        {
            var (at, label) = (Side * i / 5, (i / 5.0).ToString("0.0", CultureInfo.InvariantCulture));
            Line(svg, $"""<line class="grid" x1="{Left}" y1="{Top + Side - at}" x2="{Left + Side}" y2="{Top + Side - at}"/>""");
            Line(svg, $"""<text class="note" x="{Left - 8}" y="{Top + Side - at + 4}" text-anchor="end">{label}</text>""");
            Line(svg, $"""<text class="note" x="{Left + at}" y="{Top + Side + 16}" text-anchor="middle">{label}</text>""");
        }

        Line(svg, $"""<text x="{Left + (Side / 2)}" y="{Top + Side + 34}" text-anchor="middle">confidence</text>""");
        Line(svg, $"""<text x="16" y="{Top + (Side / 2)}" text-anchor="middle" transform="rotate(-90 16 {Top + (Side / 2)})">accuracy</text>""");
    }

    private static void Bar(StringBuilder svg, ReliabilityBin bin)
    {
        // A confidence that is no number has a bin, but no place on the axis.
        if (double.IsNaN(bin.Gap))
        {
            return;
        }

        var (x, width) = (Left + (bin.From * Side) + 1, ((bin.To - bin.From) * Side) - 2);
        var (low, high) = (Math.Min(bin.Accuracy, bin.Confidence), Math.Max(bin.Accuracy, bin.Confidence));
        var tip = string.Create(CultureInfo.InvariantCulture, $"<title>{bin.From:0.00} to {bin.To:0.00}: accuracy {bin.Accuracy:0.000}, confidence {bin.Confidence:0.000}, {bin.Images} images</title>");
        Line(svg, $"""<rect class="bar" x="{x:0.##}" y="{Top + ((1 - bin.Accuracy) * Side):0.##}" width="{width:0.##}" height="{bin.Accuracy * Side:0.##}">{tip}</rect>""");
        Line(svg, $"""<rect class="gap" x="{x:0.##}" y="{Top + ((1 - high) * Side):0.##}" width="{width:0.##}" height="{(high - low) * Side:0.##}"/>""");
    }

    private static void Counts(StringBuilder svg, Calibration calibration)
    {
        var most = Math.Max(1, calibration.Bins.Max(static b => b.Images));
        foreach (var bin in calibration.Bins.Where(static b => b.Images > 0))
        {
            var height = Math.Max(1, (double)CountsHeight * bin.Images / most);
            Line(svg, $"""<rect class="bar" x="{Left + (bin.From * Side) + 1:0.##}" y="{CountsTop + CountsHeight - height:0.##}" width="{((bin.To - bin.From) * Side) - 2:0.##}" height="{height:0.##}"/>""");
        }

        Line(svg, $"""<line class="grid" x1="{Left}" y1="{CountsTop + CountsHeight}" x2="{Left + Side}" y2="{CountsTop + CountsHeight}"/>""");
        Line(svg, $"""<text class="note" x="{Left - 8}" y="{CountsTop + 10}" text-anchor="end">{most}</text>""");
        Line(svg, $"""<text x="16" y="{CountsTop + (CountsHeight / 2)}" text-anchor="middle" transform="rotate(-90 16 {CountsTop + (CountsHeight / 2)})">images</text>""");
    }

    private static string Number(double value) => double.IsFinite(value) ? value.ToString("0.0000", CultureInfo.InvariantCulture) : "-";

    private static void Line(StringBuilder svg, FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
