namespace Toolchain.Data;

/// <summary>Encodes images, for examples and tests.</summary>
public static unsafe class ImageEncoder
{
    /// <summary>Encodes an image without loss: decoding it at the same size gives the same bytes.</summary>
    /// <param name="pixels"><c>uint8 [H, W, C]</c>.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="channels">1 for grey, 3 for RGB.</param>
    /// <returns>A PNG file.</returns>
    public static byte[] Png(ReadOnlySpan<byte> pixels, int height, int width, int channels) => Encode(pixels, height, width, channels, "pngsave_buffer", "keep=none");

    /// <summary>Encodes an image as a photograph is.</summary>
    /// <param name="pixels"><c>uint8 [H, W, C]</c>.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="channels">1 for grey, 3 for RGB.</param>
    /// <param name="quality">1 to 100.</param>
    /// <returns>A JPEG file.</returns>
    public static byte[] Jpeg(ReadOnlySpan<byte> pixels, int height, int width, int channels, int quality = 90) =>
        Encode(pixels, height, width, channels, "jpegsave_buffer", string.Create(System.Globalization.CultureInfo.InvariantCulture, $"Q={quality}"));

    internal static byte[] Encode(ReadOnlySpan<byte> pixels, int height, int width, int channels, string saver, string options)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        if (channels is not (1 or 3))
            throw new ArgumentOutOfRangeException(nameof(channels), channels, "Images have 1 (grey) or 3 (RGB) channels.");
        if (pixels.Length != (long)height * width * channels)
            throw new ArgumentException($"Expected {height} × {width} × {channels} bytes, found {pixels.Length}.", nameof(pixels));

        VipsLibrary.EnsureStarted();
        fixed (byte* data = pixels)
        {
            using var raw = VipsImage.Wrap(data, height, width, channels);
            using var image = raw.Apply("copy", channels == 1 ? "interpretation=b-w" : "interpretation=srgb");
            return image.Save(saver, options);
        }
    }
}
