using System.Collections.Immutable;

namespace Toolchain.Data;

/// <summary>Random changes to training images. Applied to <c>uint8 [H, W, C]</c>, before normalisation.</summary>
/// <param name="CropPadding">The image is moved by −p..p pixels in each direction, as if cropped from one padded by p; 0 leaves it in place.</param>
/// <param name="HorizontalFlip">Mirrors left and right with probability 0.5.</param>
public sealed record Augmentation(int CropPadding = 0, bool HorizontalFlip = false)
{
    /// <summary>The value that padding takes, one per channel; empty (the default) is 0 for every channel.</summary>
    public ImmutableArray<byte> Fill { get; init; } = [];

    internal void Apply(ReadOnlySpan<byte> image, Span<byte> result, ImageDataset shape, ref SeededRandom random)
    {
        var down = CropPadding > 0 ? random.Below((2 * CropPadding) + 1) - CropPadding : 0;
        var right = CropPadding > 0 ? random.Below((2 * CropPadding) + 1) - CropPadding : 0;
        var flip = HorizontalFlip && random.Coin();

        Move(image, result, shape, down, right);
        if (!flip)
            return;
        for (var rowBytes = shape.Width * shape.Channels; !result.IsEmpty; result = result[rowBytes..])
            Mirror(result[..rowBytes], shape.Channels);
    }

    private void Move(ReadOnlySpan<byte> image, Span<byte> result, ImageDataset shape, int down, int right)
    {
        if (Math.Abs(down) >= shape.Height || Math.Abs(right) >= shape.Width)
        {
            Pad(result);
            return;
        }

        // One copy of the whole image, moved as if its rows were one line; what wrapped around an edge is padded over.
        var rowBytes = shape.Width * shape.Channels;
        var shift = (down * rowBytes) + (right * shape.Channels);
        if (shift >= 0)
            image[..^shift].CopyTo(result[shift..]);
        else
            image[-shift..].CopyTo(result);

        Pad(down >= 0 ? result[..(down * rowBytes)] : result[(result.Length + (down * rowBytes))..]);
        if (right == 0)
            return;
        var (edge, edgeBytes) = (right > 0 ? 0 : rowBytes + (right * shape.Channels), Math.Abs(right) * shape.Channels);
        for (; !result.IsEmpty; result = result[rowBytes..])
            Pad(result.Slice(edge, edgeBytes));
    }

    private void Pad(Span<byte> pixels)
    {
        if (Fill.IsEmpty)
        {
            pixels.Clear();
            return;
        }

        for (; !pixels.IsEmpty; pixels = pixels[Fill.Length..])
            Fill.AsSpan().CopyTo(pixels);
    }

    private static void Mirror(Span<byte> row, int channels)
    {
        row.Reverse();
        if (channels == 1)
            return;
        for (var pixel = 0; pixel < row.Length; pixel += channels)
            row.Slice(pixel, channels).Reverse();
    }
}
