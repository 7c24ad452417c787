namespace Toolchain.Data;

/// <summary>Gives all images of a data set another size.</summary>
internal static unsafe class ImageResize
{
    // Preparing an operation of libvips takes longer than resizing a small image, so images are resized together, as the bands of one. No
    // more of them than keep a group this small, so that the threads share the work and the memory stays near the processor.
    private const int GroupBytes = 256 * 1024;

    /// <summary>Resizes with libvips' Lanczos filter, the one that decoding to another size uses; groups of images in parallel.</summary>
    public static ImageInputs Antialiased(ImageInputs images, int height, int width)
    {
        VipsLibrary.EnsureStarted();
        var length = checked(height * width * images.Channels);
        var pixels = GC.AllocateUninitializedArray<byte>(checked(images.Count * length));
        var perGroup = Math.Max(1, GroupBytes / Math.Max(images.SampleLength, length));
        Parallel.For(0, (images.Count + perGroup - 1) / perGroup, group =>
        {
            var (first, count) = (group * perGroup, Math.Min(perGroup, images.Count - (group * perGroup)));
            Resize(images, images.Pixels.Span.Slice(first * images.SampleLength, count * images.SampleLength), pixels.AsSpan(first * length, count * length), height, width);
        });
        return new(pixels, height, width, images.Channels);
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

    private static void Resize(ImageInputs shape, ReadOnlySpan<byte> source, Span<byte> target, int height, int width)
    {
        var count = source.Length / shape.SampleLength;
        var joined = GC.AllocateUninitializedArray<byte>(source.Length);
        Interleave(source, joined, count, shape.Height * shape.Width, shape.Channels);
        fixed (byte* memory = joined)
        {
            using var image = VipsImage.Wrap(memory, shape.Height, shape.Width, count * shape.Channels);
            using var resized = image.Apply("resize", FormattableString.Invariant(
                $"scale={(double)width / shape.Width:r},vscale={(double)height / shape.Height:r},kernel=lanczos3"));
            using var region = new VipsRegion(resized);
            using var strip = region.Fetch(0, width, height);
            Interleave(strip.Pixels, target, height * width, count, shape.Channels);
        }
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
