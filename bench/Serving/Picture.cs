namespace Toolchain.Bench.Serving;

/// <summary>An image with the smooth shades and edges of a photograph, the same each time.</summary>
internal static class Picture
{
    private const int JpegQuality = 90;

    /// <summary>Its pixels, <c>uint8 [H, W, C]</c>.</summary>
    public static byte[] Pixels(int height, int width, int channels)
    {
        var pixels = new byte[height * width * channels];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (y, x, c) = (i / channels / width, i / channels % width, i % channels);
            var shade = 0.5 + (0.25 * Math.Sin((0.031 * x) + c)) + (0.2 * Math.Cos(0.047 * y * (c + 1)));
            var disc = Math.Pow(x - (0.4 * width), 2) + Math.Pow(y - (0.6 * height), 2) < Math.Pow(0.25 * width, 2);
            pixels[i] = (byte)(255 * Math.Clamp(disc ? 1 - shade : shade, 0, 1));
        }

        return pixels;
    }

    /// <summary>It as a JPEG file.</summary>
    public static byte[] Jpeg(int height, int width, int channels) => Data.ImageEncoder.Jpeg(Pixels(height, width, channels), height, width, channels, JpegQuality);
}
