using Toolchain.Data;

namespace Toolchain.Train.Inside;

/// <summary>A picture in memory, black at first.</summary>
/// <param name="height">Pixels.</param>
/// <param name="width">Pixels.</param>
internal sealed class Picture(int height, int width)
{
    private const int Colours = 3;

    /// <summary>Pixels.</summary>
    public int Height => height;

    /// <summary>Pixels.</summary>
    public int Width => width;

    /// <summary><c>uint8 [H, W, 3]</c>, RGB.</summary>
    public byte[] Pixels { get; } = new byte[height * width * Colours];

    /// <summary>A decoded image.</summary>
    /// <param name="pixels"><c>uint8 [H, W, C]</c>.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="channels">1 for grey, 3 for RGB.</param>
    public static Picture Of(ReadOnlySpan<byte> pixels, int height, int width, int channels)
    {
        var picture = new Picture(height, width);
        for (var i = 0; i < picture.Pixels.Length; i++)
        {
            picture.Pixels[i] = pixels[channels == 1 ? i / Colours : i];
        }

        return picture;
    }

    /// <summary>Planes of numbers, 0 black and 1 full; numbers outside are cut off.</summary>
    /// <param name="planes"><c>float32 [C, H, W]</c>, where C is 1 or 3.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="width">Pixels.</param>
    public static Picture Of(ReadOnlySpan<float> planes, int height, int width)
    {
        var picture = new Picture(height, width);
        var plane = height * width;
        for (var i = 0; i < picture.Pixels.Length; i++)
        {
            picture.Pixels[i] = Byte(planes[planes.Length == plane ? i / Colours : (i % Colours * plane) + (i / Colours)]);
        }

        return picture;
    }

    /// <summary>A part of 0..1 as a byte.</summary>
    public static byte Byte(double share) => (byte)Math.Round(255 * Math.Clamp(share, 0, 1));

    /// <summary>Every pixel as a square of so many pixels a side: nearest neighbour.</summary>
    public Picture Enlarged(int factor)
    {
        var large = new Picture(height * factor, width * factor);
        for (var y = 0; y < large.Height; y++)
        {
            for (var x = 0; x < large.Width; x++)
            {
                Pixels.AsSpan((((y / factor) * width) + (x / factor)) * Colours, Colours).CopyTo(large.Pixels.AsSpan(((y * large.Width) + x) * Colours));
            }
        }

        return large;
    }

    /// <summary>Copies another picture into this one, which has room for it there.</summary>
    public void Place(Picture part, int top, int left)
    {
        for (var y = 0; y < part.Height; y++)
        {
            part.Pixels.AsSpan(y * part.Width * Colours, part.Width * Colours).CopyTo(Pixels.AsSpan((((top + y) * width) + left) * Colours));
        }
    }

    /// <summary>A PNG file of it.</summary>
    public byte[] Png() => ImageEncoder.Png(Pixels, height, width, Colours);
}
