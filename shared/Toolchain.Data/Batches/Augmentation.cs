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

        var rowBytes = shape.Width * shape.Channels;
        for (var y = 0; y < shape.Height; y++)
        {
            var row = result.Slice(y * rowBytes, rowBytes);
            var source = y - down;
            if (source >= 0 && source < shape.Height)
                Move(image.Slice(source * rowBytes, rowBytes), row, right * shape.Channels);
            else
                Pad(row);
            if (flip)
                Mirror(row, shape.Channels);
        }
    }

    private void Move(ReadOnlySpan<byte> source, Span<byte> row, int offset)
    {
        var kept = Math.Max(row.Length - Math.Abs(offset), 0);
        if (offset >= 0)
        {
            source[..kept].CopyTo(row[(row.Length - kept)..]);
            Pad(row[..(row.Length - kept)]);
        }
        else
        {
            source[(row.Length - kept)..].CopyTo(row);
            Pad(row[kept..]);
        }
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
