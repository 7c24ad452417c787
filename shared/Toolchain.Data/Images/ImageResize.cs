namespace Toolchain.Data;

/// <summary>Gives all images of a data set another size.</summary>
internal static unsafe class ImageResize
{
    // Preparing an operation of libvips takes longer than resizing a small image, so images are resized together, as the bands of one. No
    // more of them than keep a group this small, so that the threads share the work and the memory stays near the processor.
    private const int GroupBytes = 256 * 1024;

    /// <summary>
    /// Resizes with libvips' Lanczos filter, the one that decoding to another size uses: images in memory at once, groups of them in parallel; others when
    /// they are read.
    /// </summary>
    public static ImageInputs Antialiased(ImageInputs images, int height, int width)
    {
        var (from, to) = (images.Shape, images.Shape with { Height = height, Width = width });
        if (images.Rows is not MemoryRows)
            return new(new ResizedRows(images.Rows, from, to), to);

        var pixels = GC.AllocateUninitializedArray<byte>(checked(images.Count * to.Length));
        var perGroup = Math.Max(1, GroupBytes / Math.Max(from.Length, to.Length));
        Parallel.For(0, (images.Count + perGroup - 1) / perGroup, group =>
        {
            var (first, count) = (group * perGroup, Math.Min(perGroup, images.Count - (group * perGroup)));
            Together(images.Pixels.Span.Slice(first * from.Length, count * from.Length), pixels.AsSpan(first * to.Length, count * to.Length), from, to);
        });
        return new(pixels, height, width, images.Channels);
    }

    /// <summary>Resizes some images as the bands of one.</summary>
    /// <param name="source"><c>uint8 [N, H, W, C]</c>.</param>
    /// <param name="target">As many images of the new shape.</param>
    /// <param name="from">The shape of the source.</param>
    /// <param name="to">The shape of the target, with as many channels.</param>
    public static void Together(ReadOnlySpan<byte> source, Span<byte> target, PixelShape from, PixelShape to)
    {
        VipsLibrary.EnsureStarted();
        var count = source.Length / from.Length;
        var joined = GC.AllocateUninitializedArray<byte>(source.Length);
        Interleave(source, joined, count, from.Height * from.Width, from.Channels);
        fixed (byte* memory = joined)
        {
            using var image = VipsImage.Wrap(memory, from.Height, from.Width, count * from.Channels);
            using var resized = image.Apply("resize", FormattableString.Invariant(
                $"scale={(double)to.Width / from.Width:r},vscale={(double)to.Height / from.Height:r},kernel=lanczos3"));
            using var region = new VipsRegion(resized);
            using var strip = region.Fetch(0, to.Width, to.Height);
            Interleave(strip.Pixels, target, to.Height * to.Width, count, to.Channels);
        }
    }

    /// <summary>Takes for each pixel the one whose area its centre lies in.</summary>
    public static MaskTargets Nearest(MaskTargets masks, int oldHeight, int oldWidth, int height, int width)
    {
        var count = masks.Masks.Length / masks.MaskLength;
        var resized = GC.AllocateUninitializedArray<byte>(checked(count * height * width));
        for (var i = 0; i < resized.Length; i++)
        {
            var (y, x) = (i / width % height, i % width);
            var (oldY, oldX) = (((2 * y) + 1) * oldHeight / (2 * height), ((2 * x) + 1) * oldWidth / (2 * width));
            resized[i] = masks.Mask(i / (height * width))[(oldY * oldWidth) + oldX];
        }

        return new(resized, height * width, masks.Names);
    }

    // From [rows, columns, channels] to [columns, rows, channels].
    private static void Interleave(ReadOnlySpan<byte> source, Span<byte> target, int rows, int columns, int channels)
    {
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
                source.Slice(((row * columns) + column) * channels, channels).CopyTo(target[(((column * rows) + row) * channels)..]);
        }
    }
}
