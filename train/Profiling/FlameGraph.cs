using System.Globalization;
using System.Net;
using System.Text;

namespace Toolchain.Train.Profiling;

/// <summary>
/// Time by place as boxes (Gregg 2016, «The Flame Graph», ACM Queue 14(2)): as wide as the time in them, each above what lies in it, in the order of execution. The
/// drawing is one SVG file without scripts; a box says its figures at the pointer. It follows the reader's light or dark scheme.
/// </summary>
internal static class FlameGraph
{
    private const double Width = 1200;
    private const double Margin = 12;
    private const double Row = 21;
    private const double Top = 58;
    private const double Gap = 16;
    private const double Narrowest = 0.4;

    // A letter's width is only guessed: the font is the reader's.
    private const double Letter = 6.4;

    private const string Style = """
        .flame{--surface:#fff;--ink:#1b1d20;--muted:#5c6168;--k0:#d9dcdf;--k1:#b9bfc6;--k2:#8fd0c4;--k3:#93c0ee;--k4:#cbb3e6;--k5:#f4b184;--k6:#e8937a;--k7:#e3cd7f;--k8:#a9d18e;font:12px system-ui,-apple-system,"Segoe UI",sans-serif}
        @media(prefers-color-scheme:dark){.flame{--surface:#15181b;--ink:#e9ebee;--muted:#a0a7b0;--k0:#3a4046;--k1:#565e67;--k2:#1f6f63;--k3:#225c96;--k4:#64468a;--k5:#96521f;--k6:#8d3f2a;--k7:#76631a;--k8:#3e6a26}}
        .flame text{fill:var(--ink);pointer-events:none}
        .flame .title{font-size:16px;font-weight:600}
        .flame .note{fill:var(--muted)}
        .flame rect.b{stroke:var(--surface);stroke-width:1}
        .flame rect.b:hover{stroke:var(--ink)}
        """;

    private static readonly string[] Kinds =
        [.. ((ProfilePart[])[ProfilePart.Step, ProfilePart.Wait, ProfilePart.Load, ProfilePart.Forward, ProfilePart.Loss, ProfilePart.Backward, ProfilePart.Recompute, ProfilePart.Optimizer, ProfilePart.Validation]).Select(ProfileParts.Text)];

    /// <summary>Draws a profile: the steps on the whole width, and below them the validation and the background threads to the same scale, or a smaller one where they took longer.</summary>
    public static string Svg(ProfileSummary summary)
    {
        var height = Top + summary.Tree.Sum(static root => (Depth(root) * Row) + Gap);
        var svg = new StringBuilder();
        Line(svg, $"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"flame\" viewBox=\"0 0 {Width:0} {height:0}\" role=\"img\" aria-label=\"Flame graph of {summary.Steps} training steps\">");
        svg.Append("<style>\n").Append(Style.ReplaceLineEndings("\n")).Append("\n</style>\n");
        Line(svg, $"<rect width=\"{Width:0}\" height=\"{height:0}\" fill=\"var(--surface)\"/>");
        Line(svg, $"<text class=\"title\" x=\"{Margin:0}\" y=\"24\">{Text(summary.Steps, "training step")}, {1000 * summary.Seconds / Math.Max(1, summary.Steps):0.00} ms each</text>");
        Line(svg, $"<text class=\"note\" x=\"{Margin:0}\" y=\"44\">The width of a box is the time in it; a box stands above what it is made of, in the order of execution.</text>");
        var longest = summary.Tree.Count > 0 ? summary.Tree.Max(static root => root.Seconds) : 1;
        var top = Top;
        foreach (var root in summary.Tree)
        {
            Box(svg, root, summary.Seconds, Margin, top, (Width - (2 * Margin)) / longest, root.Name);
            top += (Depth(root) * Row) + Gap;
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static void Box(StringBuilder svg, ProfileNode node, double all, double left, double top, double perSecond, string path)
    {
        var width = node.Seconds * perSecond;
        if (width < Narrowest)
        {
            return;
        }

        var share = all > 0 ? node.Seconds / all : 0;
        Line(svg, $"<rect class=\"b\" x=\"{left:0.##}\" y=\"{top:0.##}\" width=\"{width:0.##}\" height=\"{Row:0.##}\" rx=\"2\" fill=\"var(--k{Colour(node.Kind)})\"><title>{Escaped(path)}: {1000 * node.Seconds:0.000} ms, {100 * share:0.00} % of the steps, {node.Calls:n0} times</title></rect>");
        var letters = (int)((width - 8) / Letter);
        if (letters >= 3)
        {
            Line(svg, $"<text x=\"{left + 5:0.##}\" y=\"{top + 15:0.##}\">{Escaped(node.Name.Length <= letters ? node.Name : node.Name[..(letters - 1)] + "…")}</text>");
        }

        foreach (var child in node.Children)
        {
            Box(svg, child, all, left, top + Row, perSecond, $"{path} › {child.Name}");
            left += child.Seconds * perSecond;
        }
    }

    private static int Depth(ProfileNode node) => 1 + (node.Children.Count > 0 ? node.Children.Max(Depth) : 0);

    private static int Colour(string kind) => Array.IndexOf(Kinds, kind) is >= 0 and var index ? index : Array.IndexOf(Kinds, ProfilePart.Load.Text());

    private static string Text(long count, string noun) => string.Create(CultureInfo.InvariantCulture, $"{count:n0} {noun}{(count == 1 ? "" : "s")}");

    private static string Escaped(string text) => WebUtility.HtmlEncode(new string([.. text.Where(static c => c is not (< ' ' or '\uFFFE' or '\uFFFF'))]));

    private static void Line(StringBuilder svg, FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
