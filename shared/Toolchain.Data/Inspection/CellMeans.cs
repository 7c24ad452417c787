namespace Toolchain.Data;

/// <summary>A picture averaged down to a few grey cells: each is the mean of the pixels that it covers, every pixel by the share that lies in it.</summary>
internal static class CellMeans
{
    /// <summary>Computes the cells.</summary>
    /// <param name="pixels"><c>uint8 [H, W, C]</c>.</param>
    /// <param name="shape">H, W and C; the mean of the channels counts.</param>
    /// <param name="columns">Cells across.</param>
    /// <param name="cells">Receives the cells row by row, 0..255; filled from zero.</param>
    public static void Of(ReadOnlySpan<byte> pixels, PixelShape shape, int columns, Span<double> cells)
    {
        cells.Clear();
        Span<double> across = stackalloc double[columns];
        var (rows, (height, width, channels)) = (cells.Length / columns, shape);
        var (perRow, perColumn) = ((double)height / rows, (double)width / columns);
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

            for (var row = (int)(y / perRow); row < rows && row * perRow < y + 1; row++)
            {
                var share = Math.Min((row + 1) * perRow, y + 1) - Math.Max(row * perRow, y);
                for (var x = 0; x < columns; x++)
                    cells[(row * columns) + x] += across[x] * share / (perRow * perColumn);
            }
        }
    }

    private static void Spread(double value, int at, double perCell, Span<double> cells)
    {
        for (var cell = (int)(at / perCell); cell < cells.Length && cell * perCell < at + 1; cell++)
            cells[cell] += value * (Math.Min((cell + 1) * perCell, at + 1) - Math.Max(cell * perCell, at));
    }
}
