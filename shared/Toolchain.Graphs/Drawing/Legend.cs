using static Toolchain.Graphs.Drawing.SvgDocument;

namespace Toolchain.Graphs.Drawing;

/// <summary>The colours' meaning, below the drawing, in as many lines as its width asks for.</summary>
internal sealed class Legend
{
    private const double Line = 22;
    private readonly List<(OperatorFamily Family, double X, double Y)> _entries = [];

    public Legend(IEnumerable<OperatorFamily> families, double width)
    {
        var (x, y) = (0.0, 0.0);
        foreach (var family in families)
        {
            var entry = Math.Ceiling(36 + Metrics.TextWidth(family.Name, Metrics.SmallTextSize));
            (x, y) = x > 0 && x + entry > width ? (0, y + Line) : (x, y);
            _entries.Add((family, x, y));
            x += entry;
        }

        Height = y + Line;
    }

    /// <summary>Pixels.</summary>
    public double Height { get; }

    /// <summary>The entries as SVG, with their upper left corner at a place.</summary>
    public string Write(double left, double top) => string.Join('\n', _entries.Select(e =>
        $"""<rect class="box {e.Family.Class}" x="{N(left + e.X)}" y="{N(top + e.Y)}" width="14" height="14" rx="3"/><text class="small" x="{N(left + e.X + 19)}" y="{N(top + e.Y + 11)}">{e.Family.Name}</text>"""));
}
