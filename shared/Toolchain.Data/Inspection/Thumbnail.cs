namespace Toolchain.Data;

/// <summary>
/// A picture as 16 × 16 grey cells: enough to tell pictures of one kind on one background apart, which a difference hash may not, and small enough to keep
/// one of every sample.
/// </summary>
internal sealed class Thumbnail
{
    private const int Side = 16;
    private readonly byte[] _cells = new byte[Side * Side];

    /// <summary>The thumbnail of a picture, <c>uint8 [H, W, C]</c>.</summary>
    public Thumbnail(ReadOnlySpan<byte> pixels, PixelShape shape)
    {
        Span<double> means = stackalloc double[Side * Side];
        CellMeans.Of(pixels, shape, Side, means);
        for (var i = 0; i < _cells.Length; i++)
            _cells[i] = (byte)Math.Round(means[i]);
    }

    /// <summary>Pearson's coefficient of correlation with another one: 1 for the same picture, also when it is brighter or of more contrast; 0 when one is flat.</summary>
    public double Correlation(Thumbnail other)
    {
        long x = 0, y = 0, xx = 0, yy = 0, xy = 0;
        for (var i = 0; i < _cells.Length; i++)
        {
            var (one, two) = (_cells[i], other._cells[i]);
            x += one;
            y += two;
            xx += one * one;
            yy += two * two;
            xy += one * two;
        }

        var count = _cells.Length;
        var spread = (double)((count * xx) - (x * x)) * ((count * yy) - (y * y));
        return spread > 0 ? ((count * xy) - (x * y)) / Math.Sqrt(spread) : 0;
    }
}
