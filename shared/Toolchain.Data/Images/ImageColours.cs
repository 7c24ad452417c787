namespace Toolchain.Data;

/// <summary>From whatever a file's pixels are to grey or RGB bytes.</summary>
internal static class ImageColours
{
    // Rows computed at a time: enough to cost nothing per row, few enough that a large source is never whole in memory.
    private const int StripRows = 32;

    /// <summary>The image as unsigned bytes in one band (grey) or three (sRGB), without transparency; the same object when it is that already.</summary>
    public static VipsImage ToBytes(VipsImage image)
    {
        // Most images are, and building an operation costs more than decoding a small one.
        if (image.IsPlain)
            return image;

        var result = image.Apply("colourspace", image.Bands <= 2 ? "space=b-w" : "space=srgb");
        try
        {
            if (result.HasAlpha)
                Replace(ref result, result.Apply("flatten"));
            if (!result.IsBytes)
                Replace(ref result, result.Apply("cast", "format=uchar"));
            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    /// <summary>Computes the pixels, on this thread, and writes them as <c>uint8 [H, W, channels]</c>.</summary>
    public static void Write(VipsImage image, Span<byte> pixels, int channels)
    {
        var (width, height, bands) = (image.Width, image.Height, image.Bands);
        if ((long)width * height * channels != pixels.Length)
            throw new VipsException($"expected {pixels.Length / channels} pixels, found {height} × {width}");

        using var region = new VipsRegion(image);
        for (var top = 0; top < height; top += StripRows)
        {
            var rows = Math.Min(StripRows, height - top);
            using var strip = region.Fetch(top, width, rows);
            Convert(strip.Pixels, bands, pixels.Slice(top * width * channels, rows * width * channels), channels);
        }
    }

    private static void Convert(ReadOnlySpan<byte> source, int bands, Span<byte> pixels, int channels)
    {
        switch (bands, channels)
        {
            case (1, 1) or (3, 3):
                source.CopyTo(pixels);
                break;
            case (1, 3):
                for (var i = 0; i < source.Length; i++)
                    pixels.Slice(3 * i, 3).Fill(source[i]);
                break;
            case (3, 1):
                for (var i = 0; i < pixels.Length; i++)
                    pixels[i] = Luma(source[3 * i], source[(3 * i) + 1], source[(3 * i) + 2]);
                break;
            default:
                throw new ToolchainException(ErrorKind.BadInput, $"The image's pixels have {bands} channels; expected grey or RGB. Save it as one of these.");
        }
    }

    // ITU-R BT.601: 0.299 R + 0.587 G + 0.114 B, in 16-bit fixed point whose weights add up to 1, so that equal channels give their value.
    private static byte Luma(byte red, byte green, byte blue) => (byte)(((19_595 * red) + (38_470 * green) + (7_471 * blue) + 0x8000) >> 16);

    private static void Replace(ref VipsImage image, VipsImage next)
    {
        image.Dispose();
        image = next;
    }
}
