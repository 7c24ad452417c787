using Toolchain.Data;
using Toolchain.Train.Inside;

namespace Toolchain.Train.Commands;

/// <summary>A contact sheet of a data set's images.</summary>
internal static class SampleSheet
{
    private const int Columns = 10;
    private const int MostRows = 100;
    private const int LargestSide = 96;
    private const int SmallestSide = 48;

    /// <summary>Draws the first images of each class, a row each in the order of the classes (at most a hundred rows); of data without a class per image, the first hundred.</summary>
    /// <returns>How many images it shows.</returns>
    /// <exception cref="ToolchainException">The file cannot be written (<see cref="ErrorKind.Unavailable"/>).</exception>
    public static int Write(Dataset images, string file)
    {
        var rows = Rows(images);
        var chosen = images.Subset([.. rows.SelectMany(static row => row)]);
        var longest = Math.Max(chosen.Height, chosen.Width);
        if (longest > LargestSide)
        {
            chosen = chosen.Resized(Math.Max(1, chosen.Height * LargestSide / longest), Math.Max(1, chosen.Width * LargestSide / longest));
        }

        var side = Math.Max(chosen.Height, chosen.Width);
        var factor = (SmallestSide + side - 1) / side;
        var pictures = new List<Picture>();
        var shown = 0;
        foreach (var row in rows)
        {
            pictures.AddRange(row.Select(_ => Picture.Of(chosen.Image(shown++), chosen.Height, chosen.Width, chosen.Channels).Enlarged(factor)));
            pictures.AddRange(Enumerable.Range(row.Length, Columns - row.Length).Select(_ => Blank(chosen.Height * factor, chosen.Width * factor)));
        }

        var sheet = ContactSheet.Of(pictures, Columns);
        try
        {
            File.WriteAllBytes(file, ImageEncoder.Png(sheet.Pixels, sheet.Height, sheet.Width, 3));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ToolchainException(ErrorKind.Unavailable, $"Cannot write the contact sheet '{file}': {failure.Message}", failure);
        }

        return shown;
    }

    private static int[][] Rows(Dataset images)
    {
        var all = Enumerable.Range(0, images.Count);
        if (images.Targets is not ClassTargets)
        {
            return [.. all.Take(Columns * Columns).Chunk(Columns)];
        }

        var labels = images.Labels.ToArray();
        return [.. all.GroupBy(i => labels[i]).OrderBy(static group => group.Key).Take(MostRows).Select(static group => group.Take(Columns).ToArray())];
    }

    private static Picture Blank(int height, int width)
    {
        var blank = new Picture(height, width);
        Array.Fill(blank.Pixels, byte.MaxValue);
        return blank;
    }
}
