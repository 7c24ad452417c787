using System.Globalization;
using System.Net;
using System.Text;

namespace Toolchain.Train.Profiling;

/// <summary>A profile as one SVG file without scripts: a box says its figures at the pointer. It follows the reader's light or dark scheme.</summary>
internal static class FlameGraph
{
    private const double Width = 1200;
    private const double Margin = 12;
    private const double Top = 58;

    private const string Style = """
        .flame{--surface:#fff;--ink:#1b1d20;--muted:#5c6168;--k0:#d9dcdf;--k1:#b9bfc6;--k2:#8fd0c4;--k3:#93c0ee;--k4:#cbb3e6;--k5:#f4b184;--k6:#e8937a;--k7:#e3cd7f;--k8:#a9d18e;font:12px system-ui,-apple-system,"Segoe UI",sans-serif}
        @media(prefers-color-scheme:dark){.flame{--surface:#15181b;--ink:#e9ebee;--muted:#a0a7b0;--k0:#3a4046;--k1:#565e67;--k2:#1f6f63;--k3:#225c96;--k4:#64468a;--k5:#96521f;--k6:#8d3f2a;--k7:#76631a;--k8:#3e6a26}}
        .flame text{fill:var(--ink);pointer-events:none}
        .flame .title{font-size:16px;font-weight:600}
        .flame .note{fill:var(--muted)}
        .flame .b{stroke:var(--surface)}
        .flame .b:hover{stroke:var(--ink)}
        """;

    /// <summary>Draws a profile: the steps, and below them the validation and the background threads to the same scale.</summary>
    public static string Svg(ProfileSummary summary)
    {
        var layout = FlameLayout.Of(summary.Tree, Width - (2 * Margin));
        var height = Top + layout.Height + Margin;
        var svg = new StringBuilder();
        Line(svg, $"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"flame\" viewBox=\"0 0 {Width:0} {height:0.#}\" role=\"img\" aria-label=\"Flame graph of {summary.Steps} training steps\">");
        svg.Append("<style>\n").Append(Style.ReplaceLineEndings("\n")).Append("\n</style>\n");
        Line(svg, $"<rect width=\"{Width:0}\" height=\"{height:0.#}\" fill=\"var(--surface)\"/>");
        Line(svg, $"<text class=\"title\" x=\"{Margin:0}\" y=\"24\">{summary.Steps:n0} training step{(summary.Steps == 1 ? "" : "s")}, {1000 * summary.Seconds / Math.Max(1, summary.Steps):0.00} ms each</text>");
        Line(svg, $"<text class=\"note\" x=\"{Margin:0}\" y=\"44\">The width of a box is the time in it; it stands above what it is made of, in the order of execution.</text>");
        foreach (var box in layout.Boxes)
        {
            Line(svg, $"<rect class=\"b\" x=\"{Margin + box.Left:0.##}\" y=\"{Top + box.Top:0.##}\" width=\"{box.Width:0.##}\" height=\"{FlameLayout.Row:0.##}\" rx=\"2\" fill=\"var(--k{box.Colour})\"><title>{Escaped(box.Path)}: {1000 * box.Node.Seconds:0.000} ms, {100 * box.Node.Seconds / Math.Max(summary.Seconds, 1e-9):0.00} % of the steps, {box.Node.Calls:n0} times</title></rect>");
            if (box.Label.Length > 0)
            {
                Line(svg, $"<text x=\"{Margin + box.LabelLeft:0.##}\" y=\"{Top + box.Top + 15:0.##}\">{Escaped(box.Label)}</text>");
            }
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static string Escaped(string text) => WebUtility.HtmlEncode(new string([.. text.Where(static c => c is not (< ' ' or '\uFFFE' or '\uFFFF'))]));

    private static void Line(StringBuilder svg, FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
