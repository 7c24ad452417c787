namespace Toolchain.Data;

/// <summary>
/// A 64-bit fingerprint of what a picture looks like: it is averaged down to 9 × 8 grey cells, and each bit says whether a cell is darker than its right
/// neighbour, by a grey level at least (the difference hash, «dHash»; Krawetz, 2013). Scaling, other compression and small changes of brightness flip few bits.
/// </summary>
internal static class DifferenceHash
{
    private const int Columns = 9, Rows = 8;

    // Less is what rounding and compression do to a plain background.
    private const double LeastRise = 1;

    /// <summary>The fingerprint; null of a picture too flat to have one, in which no neighbouring cells differ by a grey level.</summary>
    /// <param name="pixels"><c>uint8 [H, W, C]</c>.</param>
    /// <param name="shape">H, W and C; the mean of the channels counts.</param>
    public static ulong? Of(ReadOnlySpan<byte> pixels, PixelShape shape)
    {
        Span<double> cells = stackalloc double[Columns * Rows];
        CellMeans.Of(pixels, shape, Columns, cells);
        var (hash, steepest) = (0UL, 0.0);
        for (var y = 0; y < Rows; y++)
        {
            for (var x = 0; x < Columns - 1; x++)
            {
                var rise = cells[(y * Columns) + x + 1] - cells[(y * Columns) + x];
                hash = (hash << 1) | (rise >= LeastRise ? 1UL : 0);
                steepest = Math.Max(steepest, Math.Abs(rise));
            }
        }

        return steepest >= LeastRise ? hash : null;
    }
}
