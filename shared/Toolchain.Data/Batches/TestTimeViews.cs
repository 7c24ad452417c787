using System.Collections.Immutable;

namespace Toolchain.Data;

/// <summary>One way of looking at test images: moved, then perhaps mirrored.</summary>
/// <param name="Down">Pixels by which the image is moved down; negative is up. What it leaves is 0.</param>
/// <param name="Right">Pixels by which the image is moved to the right; negative is left.</param>
/// <param name="Mirrored">Whether left and right are exchanged.</param>
public readonly record struct TestTimeView(int Down, int Right, bool Mirrored)
{
    /// <summary>The images of a batch seen this way.</summary>
    /// <param name="pixels"><c>uint8 [N, H, W, C]</c>.</param>
    /// <param name="preprocessing">Gives H, W and C.</param>
    /// <param name="scratch">Room for as many bytes.</param>
    /// <returns><c>uint8 [N, H, W, C]</c>: the pixels themselves when nothing changes, otherwise the scratch.</returns>
    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> pixels, Preprocessing preprocessing, Span<byte> scratch)
    {
        if (this == default)
            return pixels;

        var length = preprocessing.Height * preprocessing.Width * preprocessing.Channels;
        var seen = scratch[..pixels.Length];
        pixels.CopyTo(seen);
        ReadOnlySpan<byte> fill = stackalloc byte[preprocessing.Channels];
        for (var rest = seen; !rest.IsEmpty; rest = rest[length..])
        {
            var image = new PixelGrid(rest[..length], preprocessing.Height, preprocessing.Width, preprocessing.Channels, fill);
            image.Move(Down, Right);
            if (Mirrored)
                image.Mirror();
        }

        return seen;
    }
}

/// <summary>The views whose predictions test-time augmentation averages (Krizhevsky et al., 2012, section 4.1: ten crops with their reflections).</summary>
public static class TestTimeViews
{
    /// <summary>The image as it is, and by <paramref name="shift"/> pixels up, down, left and right; with <paramref name="flip"/> each of them mirrored too.</summary>
    /// <param name="flip">Whether to look at mirrored images.</param>
    /// <param name="shift">Pixels; 0 moves nothing.</param>
    /// <returns>1, 2, 5 or 10 views, the unchanged one first.</returns>
    public static ImmutableArray<TestTimeView> Of(bool flip, int shift)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(shift);
        (int Down, int Right)[] places = shift == 0 ? [(0, 0)] : [(0, 0), (-shift, 0), (shift, 0), (0, -shift), (0, shift)];
        bool[] sides = flip ? [false, true] : [false];
        return [.. from mirrored in sides from place in places select new TestTimeView(place.Down, place.Right, mirrored)];
    }
}
