namespace Toolchain.Train.Inside;

/// <summary>
/// Numbers as colours of evenly rising brightness, from black through strong colours to white: the cube helix (D. A. Green, «A colour scheme for the
/// display of astronomical intensity images», Bulletin of the Astronomical Society of India 39, 2011, equation 2).
/// </summary>
internal static class HeatMap
{
    // The paper's own example starts at 0.5 (purple) and turns −1.5 times; a hue above 1 strengthens the colours.
    private const double Start = 0.5;
    private const double Rotations = -1.5;
    private const double Hue = 1.2;

    /// <summary>How much of an overlay the hottest pixels cover of the image.</summary>
    private const double Opacity = 0.85;

    /// <summary>Values 0..1 as a picture.</summary>
    /// <param name="values"><c>float32 [H, W]</c>.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="width">Pixels.</param>
    public static Picture Of(ReadOnlySpan<float> values, int height, int width)
    {
        var picture = new Picture(height, width);
        for (var i = 0; i < values.Length; i++)
        {
            var (red, green, blue) = Colour(values[i]);
            (picture.Pixels[3 * i], picture.Pixels[(3 * i) + 1], picture.Pixels[(3 * i) + 2]) = (Picture.Byte(red), Picture.Byte(green), Picture.Byte(blue));
        }

        return picture;
    }

    /// <summary>Values 0..1 laid over a picture: nothing is seen of 0, and little of the picture under 1.</summary>
    /// <param name="picture">The picture, which stays as it is.</param>
    /// <param name="values"><c>float32 [H, W]</c> of its size.</param>
    public static Picture Over(Picture picture, ReadOnlySpan<float> values)
    {
        var result = new Picture(picture.Height, picture.Width);
        for (var i = 0; i < values.Length; i++)
        {
            // The middle of the scale has the strongest colours; its ends would look like a grey image's own black and white.
            var (red, green, blue) = Colour(0.35 + (0.35 * values[i]));
            var cover = Opacity * values[i];
            result.Pixels[3 * i] = Mix(picture.Pixels[3 * i], red, cover);
            result.Pixels[(3 * i) + 1] = Mix(picture.Pixels[(3 * i) + 1], green, cover);
            result.Pixels[(3 * i) + 2] = Mix(picture.Pixels[(3 * i) + 2], blue, cover);
        }

        return result;
    }

    /// <summary>The colour of a value, each part about 0..1.</summary>
    /// <param name="value">0 for black, 1 for white.</param>
    public static (double Red, double Green, double Blue) Colour(double value)
    {
        var angle = 2 * Math.PI * ((Start / 3) + (Rotations * value));
        var amplitude = Hue * value * (1 - value) / 2;
        var (sine, cosine) = Math.SinCos(angle);
        return (
            value + (amplitude * ((-0.14861 * cosine) + (1.78277 * sine))),
            value + (amplitude * ((-0.29227 * cosine) - (0.90649 * sine))),
            value + (amplitude * 1.97294 * cosine));
    }

    /// <summary>Divides by the value that all but a share of the values stay below, so that few extremes do not darken the rest (arXiv 1706.03825, section 3.1).</summary>
    /// <param name="values">Not negative; changed in place to 0..1. All zeros stay.</param>
    /// <param name="cut">The share that may be cut off at 1; 0 for none.</param>
    public static void Stretch(Span<float> values, double cut)
    {
        var sorted = values.ToArray();
        Array.Sort(sorted);
        var full = sorted[(int)Math.Ceiling((1 - cut) * (sorted.Length - 1))];
        full = full > 0 ? full : sorted[^1];
        foreach (ref var value in values)
        {
            value = full > 0 ? Math.Min(1, value / full) : 0;
        }
    }

    private static byte Mix(byte below, double above, double cover) => Picture.Byte(((1 - cover) * below / 255) + (cover * Math.Clamp(above, 0, 1)));
}
