namespace Toolchain.Graphs.Drawing;

/// <summary>A frame around the boxes of a block, such as <c>layer1.0</c>: those whose names begin alike.</summary>
/// <param name="Name">The common beginning.</param>
/// <param name="Level">1 for a frame without frames inside, otherwise one more than the highest inside.</param>
/// <param name="Members">Boxes, and the places where edges between them pass.</param>
internal sealed record Frame(string Name, int Level, IReadOnlySet<Vertex> Members)
{
    private const double LabelHeight = 15;
    private const double Foot = 7;

    public int FirstRank { get; } = Members.Min(static m => m.Rank);

    public int LastRank { get; } = Members.Max(static m => m.Rank);

    /// <summary>Pixels from the frame's upper edge to its first row.</summary>
    public double Head => (LabelHeight * Level) + 4;

    /// <summary>Pixels from its last row to its lower edge.</summary>
    public double Tail => Foot * Level;

    public double Left => Members.Min(static m => m.X - (m.Width / 2)) - Side;

    public double Right => Members.Max(static m => m.X + (m.Width / 2)) + Side;

    private double Side => 4 + (5 * Level);

    /// <summary>The frames of a drawing, outer ones first.</summary>
    public static IReadOnlyList<Frame> Of(Layering layering)
    {
        var blocks = new OrderedDictionary<string, HashSet<Vertex>>(StringComparer.Ordinal);
        foreach (var box in layering.Boxes.Where(static b => b.Label!.Family != OperatorFamily.Port))
        {
            foreach (var prefix in Prefixes(box.Label!.Name))
            {
                if (!blocks.TryGetValue(prefix, out var members))
                {
                    blocks.Add(prefix, members = []);
                }

                members.Add(box);
            }
        }

        foreach (var edge in layering.Edges.Where(static e => e.IsLong))
        {
            foreach (var prefix in Prefixes(edge.From.Label!.Name).Where(p => blocks.TryGetValue(p, out var members) && members.Contains(edge.To)))
            {
                blocks[prefix].UnionWith(edge.Path);
            }
        }

        // A block that is all of another block has that one's frame.
        var shown = blocks.Where(b => b.Value.Count(static m => m.IsBox) > 1 && !blocks.Any(o => o.Key.Length < b.Key.Length && o.Value.Count == b.Value.Count && b.Key.StartsWith(o.Key, StringComparison.Ordinal) && o.Value.SetEquals(b.Value))).ToArray();
        return [.. shown.Select(b => new Frame(b.Key, Levels(b.Key, shown), b.Value)).OrderByDescending(static f => f.Level)];
    }

    /// <summary>Whether no box of another block stands inside.</summary>
    public bool IsClear(Layering layering) => Enumerable.Range(FirstRank, LastRank - FirstRank + 1)
        .SelectMany(rank => layering.Rows[rank])
        .All(v => !v.IsBox || Members.Contains(v) || v.X + (v.Width / 2) <= Left || v.X - (v.Width / 2) >= Right);

    private static int Levels(string name, KeyValuePair<string, HashSet<Vertex>>[] shown)
    {
        var inside = shown.Where(s => s.Key.Length > name.Length && s.Key.StartsWith(name, StringComparison.Ordinal) && s.Key[name.Length] is '.' or '/').Select(static s => s.Key).ToArray();
        return inside.Length == 0 ? 1 : 1 + inside.Select(key => inside.Count(other => other.Length < key.Length && key.StartsWith(other, StringComparison.Ordinal)) + 1).Max();
    }

    // PyTorch's names are joined by dots; its exporter puts slashes between the scopes of nodes.
    private static IEnumerable<string> Prefixes(string name) => name.Index().Where(static c => c.Index > 0 && c.Item is '.' or '/').Select(c => name[..c.Index]).Where(static p => p.Length > 0);
}
