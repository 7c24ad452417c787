namespace Toolchain.Graphs.Drawing;

/// <summary>One of the four alignments: chains of boxes become blocks with one centre, and blocks are pushed together.</summary>
/// <param name="layering">The rows.</param>
/// <param name="crossed">Edges that no chain may follow.</param>
/// <param name="fromAbove">Whether a box looks for its chain in the row above, or below.</param>
/// <param name="toLeft">Whether the left of two middle neighbours is taken, and blocks are pushed to the left.</param>
internal sealed class Alignment(Layering layering, HashSet<(Vertex Upper, Vertex Lower)> crossed, bool fromAbove, bool toLeft)
{
    private readonly Dictionary<Vertex, Vertex> _roots = [];
    private readonly HashSet<Vertex> _continued = [];

    /// <summary>The centres.</summary>
    public Dictionary<Vertex, double> Places()
    {
        foreach (var row in fromAbove ? layering.Rows : layering.Rows.Reverse())
        {
            Align(toLeft ? row : Enumerable.Reverse(row));
        }

        var places = Compact();
        return _roots.ToDictionary(static p => p.Key, p => toLeft ? places[p.Value] : -places[p.Value]);
    }

    private void Align(IEnumerable<Vertex> row)
    {
        int? last = null;
        foreach (var vertex in row)
        {
            _roots[vertex] = vertex;
            foreach (var neighbour in Middles(vertex))
            {
                if (_roots[vertex] == vertex && !_continued.Contains(neighbour) && !crossed.Contains(fromAbove ? (neighbour, vertex) : (vertex, neighbour))
                    && (last is null || (toLeft ? neighbour.Order > last : neighbour.Order < last)))
                {
                    _roots[vertex] = _roots[neighbour];
                    _continued.Add(neighbour);
                    last = neighbour.Order;
                }
            }
        }
    }

    private IEnumerable<Vertex> Middles(Vertex vertex)
    {
        var neighbours = Trunk(vertex, fromAbove).Where(n => Trunk(n, !fromAbove).Contains(vertex)).OrderBy(static n => n.Order).ToArray();
        var (low, high) = ((neighbours.Length - 1) / 2, neighbours.Length / 2);
        return neighbours.Length == 0 ? [] : toLeft ? [neighbours[low], neighbours[high]] : [neighbours[high], neighbours[low]];
    }

    // Of a box's neighbours the boxes, and of these the ones on the longest path.
    private static IEnumerable<Vertex> Trunk(Vertex vertex, bool above)
    {
        var neighbours = above ? vertex.Up : vertex.Down;
        if (!neighbours.Exists(n => n.IsBox == vertex.IsBox))
        {
            return neighbours;
        }

        var alike = neighbours.Where(n => n.IsBox == vertex.IsBox);
        var longest = above ? 0 : alike.Max(static n => n.Height);
        return above ? alike : alike.Where(n => n.Height == longest);
    }

    // The longest way from the side through blocks that stand beside each other; then blocks move towards their neighbours on the other side.
    private Dictionary<Vertex, double> Compact()
    {
        var behind = new Dictionary<Vertex, List<(Vertex Block, double Distance)>>();
        var before = new Dictionary<Vertex, int>();
        foreach (var row in layering.Rows)
        {
            var ordered = toLeft ? row : [.. Enumerable.Reverse(row)];
            foreach (var (first, second) in ordered.Zip(ordered.Skip(1)))
            {
                Behind(_roots[first]).Add((_roots[second], ((first.Width + second.Width) / 2) + Metrics.Gap));
                before[_roots[second]] = before.GetValueOrDefault(_roots[second]) + 1;
            }
        }

        var places = new Dictionary<Vertex, double>();
        var ready = new Queue<Vertex>(_roots.Values.Distinct().Where(b => !before.ContainsKey(b)));
        var sequence = new List<Vertex>();
        foreach (var block in ready)
        {
            places[block] = 0;
        }

        while (ready.TryDequeue(out var block))
        {
            sequence.Add(block);
            foreach (var (next, distance) in Behind(block))
            {
                places[next] = Math.Max(places.GetValueOrDefault(next, double.NegativeInfinity), places[block] + distance);
                if (--before[next] == 0)
                {
                    ready.Enqueue(next);
                }
            }
        }

        foreach (var block in Enumerable.Reverse(sequence).Where(b => Behind(b).Count > 0))
        {
            places[block] = Math.Max(places[block], Behind(block).Min(n => places[n.Block] - n.Distance));
        }

        return places;

        List<(Vertex Block, double Distance)> Behind(Vertex block) => behind.TryGetValue(block, out var list) ? list : behind[block] = [];
    }
}
