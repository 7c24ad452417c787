using System.Globalization;
using System.Text;

namespace Toolchain.Graphs.Drawing;

/// <summary>Writes a placed drawing as SVG 1.1 with a style sheet; no scripts, nothing from elsewhere.</summary>
internal sealed class SvgDocument(Layering layering, IReadOnlyList<Frame> frames, Summary summary)
{
    private const double TitleSize = 17;
    private readonly StringBuilder _text = new();

    /// <summary>The document.</summary>
    public string Write()
    {
        var families = OperatorFamily.All.Where(f => layering.Boxes.Any(b => b.Label!.Family == f)).ToArray();
        var (from, to) = Extent();
        var inner = Math.Ceiling(new[] { to - from, Metrics.TextWidth(summary.Title, TitleSize, bold: true), Metrics.TextWidth(summary.Line, Metrics.TextSize) }.Max());
        var legend = new Legend(families, inner);
        var (left, width) = (Math.Floor(((from + to - inner) / 2) - Metrics.Margin), inner + (2 * Metrics.Margin));
        var height = Math.Ceiling(layering.Tops[^1] + legend.Height + Metrics.Margin);

        Line($"""<svg xmlns="http://www.w3.org/2000/svg" width="{N(width)}" height="{N(height)}" viewBox="{N(left)} 0 {N(width)} {N(height)}" role="img">""");
        Line($"<title>{SvgText.Escape(summary.Title)}</title>");
        Line(SvgStyle.Sheet(families));
        Line($"<defs>{Marker("arrow", "tip")}{Marker("skip-arrow", "skip-tip")}</defs>");
        Line($"""<rect class="ground" x="{N(left)}" width="{N(width)}" height="{N(height)}"/>""");
        Line($"""<text class="title" x="{N(left + Metrics.Margin)}" y="38">{SvgText.Escape(summary.Title)}</text>""");
        Line($"""<text class="plain" x="{N(left + Metrics.Margin)}" y="58">{SvgText.Escape(summary.Line)}</text>""");
        foreach (var frame in frames)
        {
            Write(frame);
        }

        foreach (var edge in layering.Edges)
        {
            Line($"""<path class="{(edge.IsLong ? "skip" : "edge")}" d="{new EdgeCurve(layering, edge).Path()}"/>""");
        }

        foreach (var box in layering.Boxes)
        {
            Write(box);
        }

        Line(legend.Write(left + Metrics.Margin, layering.Tops[^1]));
        Line("</svg>");
        return _text.ToString();
    }

    private void Write(Frame frame)
    {
        var (top, bottom) = (layering.Tops[frame.FirstRank] - frame.Head, layering.Tops[frame.LastRank] + Metrics.BoxHeight + frame.Tail);
        Line($"""<rect class="frame" x="{N(frame.Left)}" y="{N(top)}" width="{N(frame.Right - frame.Left)}" height="{N(bottom - top)}" rx="9"/>""");
        Line($"""<text class="block" x="{N(frame.Left + 8)}" y="{N(top + 13)}">{SvgText.Escape(Metrics.Fit(frame.Name, frame.Right - frame.Left - 16, Metrics.SmallTextSize))}</text>""");
    }

    private void Write(Vertex box)
    {
        var (label, top) = (box.Label!, layering.Tops[box.Rank]);
        var (left, right) = (box.X - (box.Width / 2), box.X + (box.Width / 2));
        var inner = box.Width - (2 * Metrics.Padding);
        var (name, operation) = Share(label.Name, Metrics.TextSize, bold: true, label.Operator, inner);
        var (output, parameters) = Share(label.Output, Metrics.SmallTextSize, bold: false, label.Parameters, inner);
        Line($"<g><title>{SvgText.Escape(label.Details)}</title>");
        Line($"""<rect class="box {label.Family.Class}" x="{N(left)}" y="{N(top)}" width="{N(box.Width)}" height="{N(Metrics.BoxHeight)}" rx="{(label.Family == OperatorFamily.Port ? "20" : "6")}"/>""");
        if (label.Family == OperatorFamily.Port)
        {
            Line($"""<text class="name" text-anchor="middle" x="{N(box.X)}" y="{N(top + 17)}">{SvgText.Escape(name)}</text>""");
            Line($"""<text class="small" text-anchor="middle" x="{N(box.X)}" y="{N(top + 31)}">{SvgText.Escape(output)}</text></g>""");
            return;
        }

        Line($"""<text class="name" x="{N(left + Metrics.Padding)}" y="{N(top + 17)}">{SvgText.Escape(name)}</text>""");
        Line($"""<text class="small" text-anchor="end" x="{N(right - Metrics.Padding)}" y="{N(top + 17)}">{SvgText.Escape(operation)}</text>""");
        Line($"""<text class="small" x="{N(left + Metrics.Padding)}" y="{N(top + 31)}">{SvgText.Escape(output)}</text>""");
        Line($"""<text class="small" text-anchor="end" x="{N(right - Metrics.Padding)}" y="{N(top + 31)}">{SvgText.Escape(parameters)}</text></g>""");
    }

    // Two texts on one line; where both do not fit, the second gets at most half.
    private static (string First, string Second) Share(string first, double size, bool bold, string second, double width)
    {
        const double Between = 8;
        var room = Math.Max(width / 2, width - Metrics.TextWidth(first, size, bold) - Between);
        var fitted = Metrics.Fit(second, room, Metrics.SmallTextSize);
        return (Metrics.Fit(first, width - Metrics.TextWidth(fitted, Metrics.SmallTextSize) - Between, size, bold), fitted);
    }

    // From the leftmost to the rightmost pixel of boxes, lanes and frames.
    private (double Left, double Right) Extent()
    {
        var all = layering.Rows.SelectMany(static r => r).Select(static v => (Left: v.X - (v.Width / 2), Right: v.X + (v.Width / 2))).Concat(frames.Select(static f => (f.Left, f.Right))).ToArray();
        return all.Length == 0 ? (0, 0) : (all.Min(static e => e.Left), all.Max(static e => e.Right));
    }

    private static string Marker(string id, string tip) =>
        $"""<marker id="{id}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" markerUnits="userSpaceOnUse" orient="auto"><path class="{tip}" d="M0 0.8L7.5 4L0 7.2z"/></marker>""";

    private void Line(string line) => _text.Append(line).Append('\n');

    internal static string N(double number) => Math.Round(number, 1).ToString(CultureInfo.InvariantCulture);
}
