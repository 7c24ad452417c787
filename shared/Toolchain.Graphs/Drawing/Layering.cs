namespace Toolchain.Graphs.Drawing;

/// <summary>A box, or the place where an edge passes a rank.</summary>
internal sealed class Vertex(BoxLabel? label, int rank)
{
    /// <summary>What the box says; null where an edge passes.</summary>
    public BoxLabel? Label { get; } = label;

    /// <summary>The row, from 0 at the top.</summary>
    public int Rank { get; } = rank;

    /// <summary>The place in the row, from 0 at the left.</summary>
    public int Order { get; set; }

    /// <summary>The centre, pixels from the left.</summary>
    public double X { get; set; }

    /// <summary>Pixels.</summary>
    public double Width { get; set; } = Metrics.LaneWidth;

    /// <summary>Neighbours in the row above.</summary>
    public List<Vertex> Up { get; } = [];

    /// <summary>Neighbours in the row below.</summary>
    public List<Vertex> Down { get; } = [];

    /// <summary>Boxes on the longest path from here to the end.</summary>
    public int Height { get; set; }

    public bool IsBox => Label is not null;
}

/// <summary>A value on its way from the box that makes it to one that reads it: the two boxes, and the passed places between them.</summary>
internal sealed record Edge(EquatableArray<Vertex> Path)
{
    public Vertex From => Path[0];

    public Vertex To => Path[^1];

    /// <summary>Whether it passes rows, as a skip connection does.</summary>
    public bool IsLong => Path.Count > 2;
}

/// <summary>The boxes in rows, and the edges between them.</summary>
internal sealed class Layering
{
    private readonly List<List<Vertex>> _rows = [];
    private readonly List<Edge> _edges = [];

    public IReadOnlyList<List<Vertex>> Rows => _rows;

    public IReadOnlyList<Edge> Edges => _edges;

    /// <summary>The upper edge of each row, pixels; one more for the end.</summary>
    public double[] Tops { get; set; } = [];

    public IEnumerable<Vertex> Boxes => _rows.SelectMany(static r => r).Where(static v => v.IsBox);

    /// <summary>Puts every node into the row behind the last of those that it reads.</summary>
    public static Layering Of(Graph graph, IReadOnlyDictionary<string, BoxLabel> labels)
    {
        var layering = new Layering();
        var makers = new Dictionary<string, Vertex>(StringComparer.Ordinal);
        foreach (var input in graph.Inputs)
        {
            makers[input.Name] = layering.AddBox(BoxLabels.Of(input), []);
        }

        foreach (var node in graph.Nodes)
        {
            // What comes from weights and constants alone belongs to the layer that reads it.
            if (!node.Inputs.Any(makers.ContainsKey))
            {
                continue;
            }

            var box = layering.AddBox(labels[node.Name], [.. node.Inputs.Where(makers.ContainsKey).Select(i => makers[i]).Distinct()]);
            foreach (var output in node.Outputs.Where(static o => o.Length > 0))
            {
                makers[output] = box;
            }
        }

        foreach (var output in graph.Outputs.Where(o => makers.ContainsKey(o.Name)))
        {
            layering.AddBox(BoxLabels.Of(output), [makers[output.Name]]);
        }

        layering.Finish();
        return layering;
    }

    private Vertex AddBox(BoxLabel label, Vertex[] read)
    {
        var box = new Vertex(label, read.Select(static v => v.Rank + 1).DefaultIfEmpty(0).Max());
        Place(box);
        foreach (var from in read)
        {
            Connect(from, box);
        }

        return box;
    }

    private void Connect(Vertex from, Vertex to)
    {
        var path = new List<Vertex> { from };
        for (var rank = from.Rank + 1; rank < to.Rank; rank++)
        {
            path.Add(new(null, rank));
            Place(path[^1]);
        }

        path.Add(to);
        foreach (var (upper, lower) in path.Zip(path.Skip(1)))
        {
            upper.Down.Add(lower);
            lower.Up.Add(upper);
        }

        _edges.Add(new(path.ToEquatableArray()));
    }

    private void Place(Vertex vertex)
    {
        while (_rows.Count <= vertex.Rank)
        {
            _rows.Add([]);
        }

        _rows[vertex.Rank].Add(vertex);
    }

    // Boxes come before passing edges at first, so that skip connections tend to the right; all boxes are equally wide, so that chains are columns.
    private void Finish()
    {
        var width = Boxes.Select(static b => Metrics.BoxWidth(b.Label!)).DefaultIfEmpty(0).Max();
        for (var rank = _rows.Count - 1; rank >= 0; rank--)
        {
            _rows[rank] = [.. _rows[rank].OrderBy(static v => v.IsBox ? 0 : 1)];
            foreach (var (order, vertex) in _rows[rank].Index())
            {
                vertex.Order = order;
                vertex.Width = vertex.IsBox ? width : vertex.Width;
                vertex.Height = vertex.Down.Select(static d => d.Height + (d.IsBox ? 1 : 0)).DefaultIfEmpty(0).Max();
            }
        }
    }
}
