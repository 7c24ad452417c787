using Toolchain.Data;
using Toolchain.Train.Evaluation;
using Toolchain.Train.Inside;

namespace Toolchain.Train.Tensorboard;

/// <summary>Some images with their true and their predicted masks, as a sheet of three columns.</summary>
internal static class MaskSheet
{
    /// <summary>What the sheet shows, for people.</summary>
    public const string Description = "Some validation images; beside each, its true mask and the predicted one. Class 0 is black, every other class has a colour of its own, and grey does not count.";

    private const int Columns = 3;
    private const int SmallestSide = 64;
    private const double Saturation = 0.65;
    private const double Brightness = 0.95;

    // Multiples of the golden ratio, without whole turns, lie far from each other however many there are.
    private const double HueStep = 0.61803398875;

    /// <summary>Draws the sheet.</summary>
    /// <param name="samples">At least one.</param>
    public static Picture Of(IReadOnlyList<PredictedMask> samples) => ContactSheet.Of([.. samples.SelectMany(static s =>
    {
        var (height, width, channels) = s.Size;
        var factor = Math.Max(1, (SmallestSide + width - 1) / width);
        return (Picture[])[Picture.Of(s.Pixels.Span, height, width, channels).Enlarged(factor), Drawn(s.Label.Span, height, width).Enlarged(factor), Drawn(s.Predicted.Span, height, width).Enlarged(factor)];
    })], Columns);

    private static Picture Drawn(ReadOnlySpan<long> classes, int height, int width)
    {
        var picture = new Picture(height, width);
        for (var i = 0; i < classes.Length; i++)
        {
            var (red, green, blue) = Colour(classes[i]);
            (picture.Pixels[3 * i], picture.Pixels[(3 * i) + 1], picture.Pixels[(3 * i) + 2]) = (Picture.Byte(red), Picture.Byte(green), Picture.Byte(blue));
        }

        return picture;
    }

    private static (double Red, double Green, double Blue) Colour(long number)
    {
        if (number is 0 or MaskTargets.Ignored or < 0)
        {
            return number == 0 ? (0, 0, 0) : (0.5, 0.5, 0.5);
        }

        var hue = HueStep * (number - 1);
        return (Channel(5), Channel(3), Channel(1));

        // A hue's share of one primary colour: full over a third of the circle, none over another, and a slope between (HSV).
        double Channel(int offset)
        {
            var k = (offset + (hue * 6)) % 6;
            return Brightness * (1 - (Saturation * Math.Clamp(Math.Min(k, 4 - k), 0, 1)));
        }
    }
}
