namespace Toolchain.Graphs.Drawing;

/// <summary>
/// Gives boxes their horizontal places (Brandes and Köpf, «Fast and simple horizontal coordinate assignment», 2001): chains are aligned from above and
/// below, to the left and to the right, and each box takes the mean of the two middle places. Unlike there, a box is aligned with its neighbours on the
/// longest path only, so that the trunk of a network stays straight and its skip connections go around.
/// </summary>
internal static class HorizontalPlacement
{
    private static readonly (bool FromAbove, bool ToLeft)[] Directions = [(true, true), (true, false), (false, true), (false, false)];

    /// <summary>Sets the centres; the leftmost box begins at the margin.</summary>
    public static void Place(Layering layering)
    {
        var crossed = Crossed(layering);
        var vertices = layering.Rows.SelectMany(static r => r).ToArray();
        var all = Directions.Select(d => new Alignment(layering, crossed, d.FromAbove, d.ToLeft).Places()).ToArray();
        Balance(all, vertices);
        var left = vertices.Select(v => Middle(all, v) - (v.Width / 2)).DefaultIfEmpty(0).Min();
        foreach (var vertex in vertices)
        {
            vertex.X = Math.Round(Middle(all, vertex) - left + Metrics.Margin, 1);
        }
    }

    // All four meet the narrowest: those that were aligned to the left at its left side, the others at its right.
    private static void Balance(Dictionary<Vertex, double>[] all, Vertex[] vertices)
    {
        var sides = all.Select(places => (Left: vertices.Min(v => places[v] - (v.Width / 2)), Right: vertices.Max(v => places[v] + (v.Width / 2)))).ToArray();
        var narrowest = sides.MinBy(static s => s.Right - s.Left);
        foreach (var (i, places) in all.Index())
        {
            var shift = Directions[i].ToLeft ? narrowest.Left - sides[i].Left : narrowest.Right - sides[i].Right;
            foreach (var vertex in vertices)
            {
                places[vertex] += shift;
            }
        }
    }

    private static double Middle(Dictionary<Vertex, double>[] all, Vertex vertex)
    {
        Span<double> places = [all[0][vertex], all[1][vertex], all[2][vertex], all[3][vertex]];
        places.Sort();
        return (places[1] + places[2]) / 2;
    }

    // Edges that cross the inside of a long edge: that one stays straight.
    private static HashSet<(Vertex, Vertex)> Crossed(Layering layering)
    {
        var crossed = new HashSet<(Vertex, Vertex)>();
        foreach (var row in layering.Rows)
        {
            var segments = row.SelectMany(static u => u.Down.Select(d => (Upper: u, Lower: d))).ToArray();
            foreach (var (upper, lower) in segments.Where(static s => !s.Upper.IsBox && !s.Lower.IsBox))
            {
                crossed.UnionWith(segments.Where(s => (s.Upper.IsBox || s.Lower.IsBox) && (s.Upper.Order - upper.Order) * (s.Lower.Order - lower.Order) < 0));
            }
        }

        return crossed;
    }
}
