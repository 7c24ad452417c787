using System.Globalization;
using System.Net;
using System.Text;

namespace Toolchain.Train.Drawing;

/// <summary>
/// A chart as one SVG text without scripts or references: the same input gives the same text. It follows the reader's light or dark scheme and uses
/// the system's font.
/// </summary>
/// <param name="Title">The title.</param>
/// <param name="X">The horizontal axis.</param>
/// <param name="Y">The vertical axis.</param>
/// <param name="Series">What it shows, the later above the earlier; colours repeat after six.</param>
public sealed record LineChart(string Title, ChartAxis X, ChartAxis Y, IReadOnlyList<ChartSeries> Series)
{
    private const int Width = 720;
    private const int Height = 420;
    private const int Left = 68;
    private const int Right = Width - 24;
    private const int Top = 68;
    private const int Bottom = Height - 56;
    private const int Colours = 6;

    // A label's width is only guessed: the font is the reader's.
    private const double CharacterWidth = 7;

    private const string Style = """
        .chart{--surface:#fff;--ink:#1f2328;--muted:#636c76;--grid:#e4e7eb;--c0:#2563c9;--c1:#cf5a1c;--c2:#17826a;--c3:#9340ad;--c4:#9a7200;--c5:#5a6675;font:13px system-ui,-apple-system,"Segoe UI",sans-serif}
        @media(prefers-color-scheme:dark){.chart{--surface:#11151a;--ink:#e6e9ed;--muted:#9aa4b0;--grid:#2a3038;--c0:#6ea3ff;--c1:#ff9a5c;--c2:#4fcbab;--c3:#d08ce6;--c4:#e0b64a;--c5:#a5b0bd}}
        .chart text{fill:var(--muted)}
        .chart .title{fill:var(--ink);font-size:16px;font-weight:600}
        .chart .note{fill:var(--ink)}
        .chart .grid{stroke:var(--grid)}
        .chart .axis{stroke:var(--muted)}
        .chart .line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
        .chart .dashed{stroke-width:1.5;stroke-dasharray:5 5}
        .chart .marker{stroke:var(--surface);stroke-width:2}
        .chart .bar{fill-opacity:.75}
        """;

    /// <summary>The SVG text, lines ending in <c>\n</c>.</summary>
    public string ToSvg()
    {
        var bars = Series.OfType<ChartBars>().ToArray();
        var x = X.Around(Series.SelectMany(static s => s.Points.Select(static p => p.X)).Concat(bars.SelectMany(static b => b.Points.SelectMany(p => new[] { p.X - (b.Width / 2), p.X + (b.Width / 2) }))));
        var y = Y.Around(Series.SelectMany(static s => s.Points.Select(static p => p.Y)).Concat(bars.Length > 0 && Y.Scale == AxisScale.Linear ? [0] : []));
        var svg = new StringBuilder();
        Line(svg, $"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Escaped(Title)}\">");
        Line(svg, $"<title>{Escaped(Title)}</title>");
        svg.Append("<style>\n").Append(Style.ReplaceLineEndings("\n")).Append("\n</style>\n");
        Line(svg, $"<rect width=\"{Width}\" height=\"{Height}\" fill=\"var(--surface)\"/>");
        Line(svg, $"<text class=\"title\" x=\"{Left}\" y=\"30\">{Escaped(Title)}</text>");
        Legend(svg);
        Axes(svg, x, y);
        Line(svg, $"<clipPath id=\"plot\"><rect x=\"{Left}\" y=\"{Top - 6}\" width=\"{Right - Left}\" height=\"{Bottom - Top + 6}\"/></clipPath>");
        for (var i = 0; i < Series.Count; i++)
        {
            Draw(svg, Series[i], $"var(--c{i % Colours})", x, y);
        }

        return svg.Append("</svg>\n").ToString();
    }

    private void Legend(StringBuilder svg)
    {
        var left = (double)Left;
        foreach (var (index, series) in Series.Index().Where(static s => s.Item.Label.Length > 0))
        {
            Line(svg, $"<rect x=\"{left:0.#}\" y=\"44\" width=\"14\" height=\"4\" rx=\"2\" fill=\"var(--c{index % Colours})\"/><text x=\"{left + 20:0.#}\" y=\"51\">{Escaped(series.Label)}</text>");
            left += 44 + (series.Label.Length * CharacterWidth);
        }
    }

    private static void Axes(StringBuilder svg, ChartAxis x, ChartAxis y)
    {
        foreach (var tick in y.Ticks())
        {
            Line(svg, $"<line class=\"grid\" x1=\"{Left}\" y1=\"{Up(y, tick):0.##}\" x2=\"{Right}\" y2=\"{Up(y, tick):0.##}\"/><text x=\"{Left - 8}\" y=\"{Up(y, tick) + 4.5:0.##}\" text-anchor=\"end\">{ChartAxis.Text(tick)}</text>");
        }

        foreach (var tick in x.Ticks())
        {
            Line(svg, $"<line class=\"axis\" x1=\"{Along(x, tick):0.##}\" y1=\"{Bottom}\" x2=\"{Along(x, tick):0.##}\" y2=\"{Bottom + 5}\"/><text x=\"{Along(x, tick):0.##}\" y=\"{Bottom + 20}\" text-anchor=\"middle\">{ChartAxis.Text(tick)}</text>");
        }

        Line(svg, $"<line class=\"axis\" x1=\"{Left}\" y1=\"{Bottom}\" x2=\"{Right}\" y2=\"{Bottom}\"/>");
        Line(svg, $"<text x=\"{(Left + Right) / 2}\" y=\"{Height - 14}\" text-anchor=\"middle\">{Escaped(x.Label)}</text>");
        Line(svg, $"<text x=\"18\" y=\"{(Top + Bottom) / 2}\" text-anchor=\"middle\" transform=\"rotate(-90 18 {(Top + Bottom) / 2})\">{Escaped(y.Label)}</text>");
    }

    private static void Draw(StringBuilder svg, ChartSeries series, string colour, ChartAxis x, ChartAxis y)
    {
        bool Shown(ChartPoint p) => x.Admits(p.X) && y.Admits(p.Y);
        switch (series)
        {
            case ChartLine line:
                var path = new StringBuilder();
                var command = 'M';
                foreach (var point in line.Points)
                {
                    if (Shown(point))
                    {
                        path.Append(CultureInfo.InvariantCulture, $"{command}{Along(x, point.X):0.##} {Up(y, point.Y):0.##}");
                    }

                    command = Shown(point) ? 'L' : 'M';
                }

                Line(svg, $"<path class=\"line{(line.Dashed ? " dashed" : "")}\" clip-path=\"url(#plot)\" stroke=\"{colour}\" d=\"{path}\"/>");
                break;
            case ChartMarkers markers:
                foreach (var point in markers.Points.Where(p => Shown(p) && y.Share(p.Y) <= 1))
                {
                    Line(svg, $"<circle class=\"marker\" cx=\"{Along(x, point.X):0.##}\" cy=\"{Up(y, point.Y):0.##}\" r=\"5.5\" fill=\"{colour}\"{(point.Tip is { } tip ? $"><title>{Escaped(tip)}</title></circle>" : "/>")}");
                    Note(svg, point, Along(x, point.X), Up(y, point.Y));
                }

                break;
            case ChartBars bars:
                foreach (var bar in bars.Points.Where(Shown))
                {
                    var (from, to) = (Along(x, bar.X - (bars.Width / 2)) + 1, Along(x, bar.X + (bars.Width / 2)) - 1);
                    Line(svg, $"<rect class=\"bar\" clip-path=\"url(#plot)\" x=\"{from:0.##}\" y=\"{Up(y, bar.Y):0.##}\" width=\"{Math.Max(0, to - from):0.##}\" height=\"{Math.Max(0, Bottom - Up(y, bar.Y)):0.##}\" fill=\"{colour}\"/>");
                }

                break;
            default:
                throw new InvalidOperationException($"Unknown series {series.GetType().Name}.");
        }
    }

    // Beside the marker, on the side where there is room.
    private static void Note(StringBuilder svg, ChartPoint point, double along, double up)
    {
        if (point.Text is { } text)
        {
            var fits = along + 10 + (text.Length * CharacterWidth) <= Right;
            Line(svg, $"<text class=\"note\" x=\"{along + (fits ? 10 : -10):0.##}\" y=\"{up - 8:0.##}\" text-anchor=\"{(fits ? "start" : "end")}\">{Escaped(text)}</text>");
        }
    }

    private static double Along(ChartAxis axis, double value) => Left + ((Right - Left) * axis.Share(value));

    private static double Up(ChartAxis axis, double value) => Bottom - ((Bottom - Top) * axis.Share(value));

    private static string Escaped(string text) => WebUtility.HtmlEncode(new string([.. text.Where(static c => c is not (< ' ' or '\uFFFE' or '\uFFFF'))]));

    private static void Line(StringBuilder svg, FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
