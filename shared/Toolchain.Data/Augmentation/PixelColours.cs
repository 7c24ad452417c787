namespace Toolchain.Data;

/// <summary>Changes of colour by a given amount, in place, as torchvision's functional transforms define them.</summary>
internal static class PixelColours
{
    private const int Levels = 256;

    /// <summary>v ← f·v.</summary>
    public static void Brighten(Span<byte> pixels, float factor) => Scale(pixels, factor, around: 0);

    /// <summary>v ← f·v + (1 − f)·m, where m is the mean luma.</summary>
    public static void Contrast(Span<byte> pixels, int channels, float factor)
    {
        var sum = 0.0;
        for (var pixel = 0; pixel < pixels.Length; pixel += channels)
            sum += channels == 1 ? pixels[pixel] : Luma(pixels.Slice(pixel, channels));
        Scale(pixels, factor, around: (float)(sum / (pixels.Length / channels)));
    }

    /// <summary>v ← f·v + (1 − f)·g, where g is the pixel's luma; <c>uint8 [H, W, 3]</c>.</summary>
    public static void Saturate(Span<byte> pixels, float factor)
    {
        for (; !pixels.IsEmpty; pixels = pixels[3..])
        {
            var grey = (1 - factor) * Luma(pixels);
            for (var channel = 0; channel < 3; channel++)
                pixels[channel] = Round((factor * pixels[channel]) + grey);
        }
    }

    /// <summary>Turns the hue by a part of the colour circle, and keeps the largest and the smallest value of each pixel; <c>uint8 [H, W, 3]</c>.</summary>
    public static void TurnHue(Span<byte> pixels, float turns)
    {
        for (; !pixels.IsEmpty; pixels = pixels[3..])
        {
            var (red, green, blue) = (pixels[0], pixels[1], pixels[2]);
            var (high, low) = (Math.Max(red, Math.Max(green, blue)), Math.Min(red, Math.Min(green, blue)));
            var range = (float)(high - low);
            if (range == 0)
                continue;

            // The hue in sixths of the circle: red is 0, green 2, blue 4 (Smith, «Color gamut transform pairs», 1978).
            var hue = high == red ? (green - blue) / range : high == green ? 2 + ((blue - red) / range) : 4 + ((red - green) / range);
            hue += 6 * turns;
            for (var channel = 0; channel < 3; channel++)
                pixels[channel] = Round(low + (range * Share(hue - (2 * channel))));
        }
    }

    // How much a primary colour has of the range at a distance around the circle: all within one sixth, none beyond two, linear between.
    private static float Share(float distance)
    {
        var around = MathF.Abs(distance - (6 * MathF.Round(distance / 6)));
        return Math.Clamp(2 - around, 0, 1);
    }

    private static void Scale(Span<byte> pixels, float factor, float around)
    {
        Span<byte> changed = stackalloc byte[Levels];
        for (var level = 0; level < Levels; level++)
            changed[level] = Round((factor * level) + ((1 - factor) * around));
        foreach (ref var value in pixels)
            value = changed[value];
    }

    // ITU-R BT.601.
    private static float Luma(ReadOnlySpan<byte> pixel) => (0.299f * pixel[0]) + (0.587f * pixel[1]) + (0.114f * pixel[2]);

    private static byte Round(float value) => (byte)Math.Clamp(value + 0.5f, 0, 255);
}
