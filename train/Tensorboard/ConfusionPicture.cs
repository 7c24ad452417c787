using Toolchain.Train.Evaluation;
using Toolchain.Train.Inside;

namespace Toolchain.Train.Tensorboard;

/// <summary>A confusion matrix as a picture: a row per true class, a column per predicted one, white for none of the row's samples and dark blue for all.</summary>
internal static class ConfusionPicture
{
    private const int Side = 320;
    private const int LargestCell = 32;
    private static readonly (int Red, int Green, int Blue) Full = (8, 48, 107);

    /// <summary>What the picture shows, for people.</summary>
    public const string Description = "A row per true class and a column per predicted class, both in the order of the labels; the darker, the larger the share of the row.";

    /// <summary>Draws a matrix.</summary>
    public static Picture Of(ConfusionMatrix confusion)
    {
        var cell = Math.Clamp(Side / confusion.Classes, 1, LargestCell);
        var picture = new Picture(confusion.Classes * cell, confusion.Classes * cell);
        for (var y = 0; y < picture.Height; y++)
        {
            var row = confusion.Row(y / cell);
            var whole = Math.Max(1, Sum(row));
            for (var x = 0; x < picture.Width; x++)
            {
                // The square root makes rare mistakes visible.
                var share = Math.Sqrt((double)row[x / cell] / whole);
                var pixel = picture.Pixels.AsSpan(((y * picture.Width) + x) * 3, 3);
                (pixel[0], pixel[1], pixel[2]) = (Mix(Full.Red, share), Mix(Full.Green, share), Mix(Full.Blue, share));
            }
        }

        return picture;
    }

    private static byte Mix(int full, double share) => Picture.Byte(1 - (share * (255 - full) / 255));

    private static long Sum(ReadOnlySpan<long> values)
    {
        var sum = 0L;
        foreach (var value in values)
        {
            sum += value;
        }

        return sum;
    }
}
