namespace Toolchain.Data;

/// <summary>From whatever a file's pixels are to grey or RGB bytes.</summary>
internal static unsafe class ImageColours
{
    /// <summary>The image as unsigned bytes in one band (grey) or three (sRGB); the same object when it is that already.</summary>
    public static VipsImage ToBytes(VipsImage image)
    {
        var grey = image.Bands <= 2;
        var result = image.Apply("colourspace", grey ? "space=b-w" : "space=srgb");
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

    /// <summary>Computes the pixels and writes them as <c>uint8 [H, W, channels]</c>.</summary>
    public static void Write(VipsImage image, Span<byte> pixels, int channels)
    {
        var memory = VipsNative.WriteToMemory(image, out var length);
        if (memory == 0)
            throw new VipsException(VipsNative.TakeError());
        try
        {
            Convert(new((void*)memory, checked((int)length)), image.Bands, pixels, channels);
        }
        finally
        {
            VipsNative.Free(memory);
        }
    }

    private static void Convert(ReadOnlySpan<byte> source, int bands, Span<byte> pixels, int channels)
    {
        if (source.Length / bands != pixels.Length / channels)
            throw new VipsException($"expected {pixels.Length / channels} pixels, found {source.Length / bands}");

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
                throw new VipsException($"its pixels have {bands} channels; expected grey or RGB");
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
