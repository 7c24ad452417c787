using System.Text;
using static Toolchain.Graphs.Drawing.SvgDocument;

namespace Toolchain.Graphs.Drawing;

/// <summary>The curve of an edge: straight through the rows that it passes, in its own lane, and turning only between rows, where no boxes are.</summary>
internal sealed class EdgeCurve(Layering layering, Edge edge)
{
    private const double PortDistance = 14;

    /// <summary>The path in SVG's notation.</summary>
    public string Path()
    {
        var x = edge.From.X + Port(edge.From, edge.Path[1], edge.From.Down);
        var path = new StringBuilder($"M{N(x)} {N(Bottom(edge.From))}");
        foreach (var next in edge.Path.Skip(1))
        {
            var to = next.IsBox ? next.X + Port(next, edge.Path[^2], next.Up) : next.X;
            var (from, until) = (layering.Tops[next.Rank - 1] + Metrics.BoxHeight, layering.Tops[next.Rank]);
            var middle = (from + until) / 2;
            path.Append(to == x ? $"V{N(until)}" : $"C{N(x)} {N(middle)} {N(to)} {N(middle)} {N(to)} {N(until)}");
            if (!next.IsBox)
            {
                path.Append($"V{N(until + Metrics.BoxHeight)}");
            }

            x = to;
        }

        return path.ToString();
    }

    // An edge from straight above or below meets the middle of the box, others beside it, on the side that they come from.
    private static double Port(Vertex box, Vertex neighbour, List<Vertex> all)
    {
        var side = Math.Sign(Math.Round(neighbour.X - box.X, 1));
        if (side == 0)
        {
            return 0;
        }

        var straight = all.Exists(n => Math.Abs(n.X - box.X) < 0.1);
        var nearer = all.Count(n => Math.Sign(Math.Round(n.X - box.X, 1)) == side && Math.Abs(n.X - box.X) < Math.Abs(neighbour.X - box.X));
        return all.Count == 1 ? 0 : side * Math.Min((box.Width / 2) - PortDistance, PortDistance * (nearer + (straight ? 1 : 0.5)));
    }

    private double Bottom(Vertex vertex) => layering.Tops[vertex.Rank] + Metrics.BoxHeight;
}
