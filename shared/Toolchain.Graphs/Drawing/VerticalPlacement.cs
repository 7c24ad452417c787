namespace Toolchain.Graphs.Drawing;

/// <summary>Gives rows their heights: closer where edges run straight, wider where they must get to another column, and with room for the frames that begin and end.</summary>
internal static class VerticalPlacement
{
    private const double Title = 58;
    private const double WidestTurn = 60;

    /// <summary>Sets the rows' upper edges.</summary>
    public static void Place(Layering layering, IReadOnlyList<Frame> frames)
    {
        var heads = new double[layering.Rows.Count + 1];
        var tails = new double[layering.Rows.Count + 1];
        foreach (var frame in frames)
        {
            heads[frame.FirstRank] = Math.Max(heads[frame.FirstRank], frame.Head);
            tails[frame.LastRank + 1] = Math.Max(tails[frame.LastRank + 1], frame.Tail);
        }

        var tops = new double[layering.Rows.Count + 1];
        tops[0] = Metrics.Margin + Title + heads[0];
        for (var rank = 1; rank < tops.Length; rank++)
        {
            var turn = layering.Rows[rank - 1].SelectMany(static u => u.Down.Select(d => Math.Abs(u.X - d.X))).DefaultIfEmpty(0).Max();
            tops[rank] = tops[rank - 1] + Metrics.BoxHeight + tails[rank] + heads[rank] + Metrics.RowGap + Math.Min(WidestTurn, Math.Ceiling(turn * 0.12));
        }

        layering.Tops = tops;
    }
}
