using System.Numerics;

namespace Toolchain.Data;

/// <summary>
/// A picture as 16 × 16 grey cells: enough to tell pictures of one kind on one background apart, which a difference hash may not, and small enough to keep
/// one of every sample.
/// </summary>
internal sealed class Thumbnail
{
    private const int Side = 16;
    private readonly byte[] _cells = new byte[Side * Side];
    private readonly long _sum;
    private readonly double _spread;

    /// <summary>The thumbnail of a picture, <c>uint8 [H, W, C]</c>.</summary>
    public Thumbnail(ReadOnlySpan<byte> pixels, PixelShape shape)
    {
        Span<double> means = stackalloc double[Side * Side];
        CellMeans.Of(pixels, shape, Side, means);
        for (var i = 0; i < _cells.Length; i++)
        {
            _cells[i] = (byte)Math.Round(means[i]);
            _sum += _cells[i];
        }

        // n²·variance, an integer: 0 exactly when the picture is flat.
        _spread = (_cells.Length * Products(_cells, _cells)) - (_sum * _sum);
    }

    /// <summary>Pearson's coefficient of correlation with another one: 1 for the same picture, also when it is brighter or of more contrast; 0 when one is flat.</summary>
    public double Correlation(Thumbnail other) => _spread > 0 && other._spread > 0
        ? ((_cells.Length * Products(_cells, other._cells)) - (_sum * other._sum)) / Math.Sqrt(_spread * other._spread)
        : 0;

    // The product of two bytes fits 16 bits, and the sum of all 256 fits 32.
    private static long Products(byte[] one, byte[] other)
    {
        var sums = Vector<uint>.Zero;
        for (var i = 0; i < one.Length; i += Vector<byte>.Count)
        {
            Vector.Widen(new Vector<byte>(one, i), out var oneLow, out var oneHigh);
            Vector.Widen(new Vector<byte>(other, i), out var otherLow, out var otherHigh);
            Vector.Widen(oneLow * otherLow, out var first, out var second);
            Vector.Widen(oneHigh * otherHigh, out var third, out var fourth);
            sums += first + second + third + fourth;
        }

        return Vector.Sum(sums);
    }
}
