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
    /// <param name="height">Pixels.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="channels">Channels, whose sum counts.</param>
    public static ulong? Of(ReadOnlySpan<byte> pixels, int height, int width, int channels)
    {
        Span<double> cells = stackalloc double[Columns * Rows];
        Average(pixels, height, width, channels, cells);
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

    // A cell is the mean of the pixels that it covers, each by the share that lies in it.
    private static void Average(ReadOnlySpan<byte> pixels, int height, int width, int channels, Span<double> cells)
    {
        Span<double> across = stackalloc double[Columns];
        var (perRow, perColumn) = ((double)height / Rows, (double)width / Columns);
        for (var y = 0; y < height; y++)
        {
            across.Clear();
            for (var x = 0; x < width; x++)
            {
                var sum = 0;
                for (var c = 0; c < channels; c++)
                    sum += pixels[(((y * width) + x) * channels) + c];
                Spread((double)sum / channels, x, perColumn, across);
            }

            for (var row = (int)(y / perRow); row < Rows && row * perRow < y + 1; row++)
            {
                var share = Math.Min((row + 1) * perRow, y + 1) - Math.Max(row * perRow, y);
                for (var x = 0; x < Columns; x++)
                    cells[(row * Columns) + x] += across[x] * share / (perRow * perColumn);
            }
        }
    }

    private static void Spread(double value, int at, double perCell, Span<double> cells)
    {
        for (var cell = (int)(at / perCell); cell < cells.Length && cell * perCell < at + 1; cell++)
            cells[cell] += value * (Math.Min((cell + 1) * perCell, at + 1) - Math.Max(cell * perCell, at));
    }
}
