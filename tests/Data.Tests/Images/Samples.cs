namespace Toolchain.Data.Tests;

/// <summary>Small pictures in every format, made when they are asked for.</summary>
internal static class Samples
{
    public static TheoryData<ImageFormat> Formats => new(Enum.GetValues<ImageFormat>());

    /// <summary>A smooth RGB picture, so that lossy formats stay close to it.</summary>
    public static byte[] Gradient(int height, int width)
    {
        var pixels = new byte[height * width * 3];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var pixel = 3 * ((y * width) + x);
                pixels[pixel] = (byte)(x * 255 / Math.Max(width - 1, 1));
                pixels[pixel + 1] = (byte)(y * 255 / Math.Max(height - 1, 1));
                pixels[pixel + 2] = 128;
            }
        }

        return pixels;
    }

    /// <summary>Random bytes, the same for the same seed.</summary>
    public static byte[] Noise(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static byte[] Encode(ImageFormat format, byte[] pixels, int height, int width, int channels = 3) => format switch
    {
        ImageFormat.Png => ImageEncoder.Png(pixels, height, width, channels),
        ImageFormat.Jpeg => ImageEncoder.Jpeg(pixels, height, width, channels, 95),
        ImageFormat.WebP => ImageEncoder.Encode(pixels, height, width, channels, "webpsave_buffer", "lossless=true"),
        ImageFormat.Gif => ImageEncoder.Encode(pixels, height, width, channels, "gifsave_buffer", ""),
        ImageFormat.Tiff => ImageEncoder.Encode(pixels, height, width, channels, "tiffsave_buffer", ""),
        ImageFormat.Avif => ImageEncoder.Encode(pixels, height, width, channels, "heifsave_buffer", "compression=av1,Q=90"),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "Unknown format."),
    };

    public static byte[] Decode(byte[] encoded, int channels, int height, int width)
    {
        var pixels = new byte[channels * height * width];
        ImageDecoder.Decode(encoded, pixels, channels, height, width);
        return pixels;
    }

    /// <summary>The mean absolute difference of two pictures.</summary>
    public static double Difference(byte[] one, byte[] other) => one.Zip(other, (a, b) => Math.Abs(a - b)).Average();
}
