namespace Toolchain.Graphs.Drawing;

/// <summary>Orders the boxes of each row so that few edges cross: sweeps down and up sort each row by the mean place of its neighbours (Sugiyama et al. 1981).</summary>
internal static class CrossingReduction
{
    private const int Sweeps = 12;

    /// <summary>Sets the order of all rows to the best that was found.</summary>
    public static void Order(Layering layering)
    {
        var (best, fewest) = (Snapshot(layering), Crossings(layering));
        for (var sweep = 0; sweep < Sweeps && fewest > 0; sweep++)
        {
            Sweep(layering, down: sweep % 2 == 0);
            if (Crossings(layering) is var crossings && crossings < fewest)
            {
                (best, fewest) = (Snapshot(layering), crossings);
            }
        }

        foreach (var (rank, order) in best.Index())
        {
            Arrange(layering.Rows[rank], order);
        }
    }

    private static void Sweep(Layering layering, bool down)
    {
        foreach (var row in down ? layering.Rows : layering.Rows.Reverse())
        {
            Arrange(row, [.. row.OrderBy(v => (down ? v.Up : v.Down) is { Count: > 0 } neighbours ? neighbours.Average(static n => n.Order) : v.Order)]);
        }
    }

    private static void Arrange(List<Vertex> row, Vertex[] order)
    {
        for (var i = 0; i < order.Length; i++)
        {
            row[i] = order[i];
            order[i].Order = i;
        }
    }

    private static Vertex[][] Snapshot(Layering layering) => [.. layering.Rows.Select(static r => r.ToArray())];

    private static long Crossings(Layering layering)
    {
        var crossings = 0L;
        foreach (var row in layering.Rows)
        {
            var ends = row.SelectMany(static v => v.Down.Select(static d => d.Order).Order()).ToArray();
            for (var i = 0; i < ends.Length; i++)
            {
                for (var j = i + 1; j < ends.Length; j++)
                {
                    crossings += ends[j] < ends[i] ? 1 : 0;
                }
            }
        }

        return crossings;
    }
}
