namespace Toolchain.Data;

/// <summary>Pixels <c>uint8 [H, W, C]</c> that can be moved about in place; does nothing when there are none.</summary>
internal readonly ref struct PixelGrid(Span<byte> pixels, int height, int width, int channels, ReadOnlySpan<byte> fill)
{
    public Span<byte> Pixels { get; } = pixels;

    public int Height { get; } = height;

    public int Width { get; } = width;

    public int Channels { get; } = channels;

    /// <summary>What shows where the picture is not, per channel.</summary>
    public ReadOnlySpan<byte> Fill { get; } = fill;

    private int RowBytes => Width * Channels;

    /// <summary>Moves the picture down and to the right; what it leaves is filled.</summary>
    public void Move(int down, int right)
    {
        if (Pixels.IsEmpty || (down, right) is (0, 0))
            return;
        if (Math.Abs(down) >= Height || Math.Abs(right) >= Width)
        {
            Paint(Pixels, Fill);
            return;
        }

        // One copy of the whole picture, moved as if its rows were one line; what wrapped around an edge is painted over.
        var shift = (down * RowBytes) + (right * Channels);
        if (shift >= 0)
            Pixels[..^shift].CopyTo(Pixels[shift..]);
        else
            Pixels[-shift..].CopyTo(Pixels);

        Paint(down >= 0 ? Pixels[..(down * RowBytes)] : Pixels[(Pixels.Length + (down * RowBytes))..], Fill);
        if (right == 0)
            return;
        var (edge, edgeBytes) = (right > 0 ? 0 : RowBytes + (right * Channels), Math.Abs(right) * Channels);
        for (var rest = Pixels; !rest.IsEmpty; rest = rest[RowBytes..])
            Paint(rest.Slice(edge, edgeBytes), Fill);
    }

    /// <summary>Exchanges left and right.</summary>
    public void Mirror()
    {
        for (var rest = Pixels; !rest.IsEmpty; rest = rest[RowBytes..])
        {
            var row = rest[..RowBytes];
            if (Channels == 1)
            {
                row.Reverse();
                continue;
            }

            for (var (left, right) = (0, RowBytes - Channels); left < right; left += Channels, right -= Channels)
            {
                for (var channel = 0; channel < Channels; channel++)
                    (row[left + channel], row[right + channel]) = (row[right + channel], row[left + channel]);
            }
        }
    }

    /// <summary>Gives every pixel one colour.</summary>
    public static void Paint(Span<byte> pixels, ReadOnlySpan<byte> colour)
    {
        if (colour.Length == 1)
        {
            pixels.Fill(colour[0]);
            return;
        }

        for (; !pixels.IsEmpty; pixels = pixels[colour.Length..])
            colour.CopyTo(pixels);
    }
}
