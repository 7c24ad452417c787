namespace Toolchain.Data;

/// <summary>Which shape the files of a data set are decoded to.</summary>
internal static class SizeRule
{
    /// <summary>The largest height and width that is chosen for files of different sizes: what networks for photographs are made for.</summary>
    public const int Largest = 224;

    /// <summary>The shape that was asked for; where nothing was, the files' own when all have one, otherwise the median height and width, each <see cref="Largest"/> at most, and grey when all are.</summary>
    /// <param name="files">At least one.</param>
    /// <param name="options">What was asked for.</param>
    public static PixelShape Of(IReadOnlyList<SampleFile> files, DatasetOptions options)
    {
        var channels = options.Channels ?? files.Max(file => file.Shape.Channels);
        if ((options.Size ?? options.FileSize) is var (height, width))
            return new(height, width, channels);
        var first = files[0].Shape;
        return files.All(file => (file.Shape.Height, file.Shape.Width) == (first.Height, first.Width))
            ? first with { Channels = channels }
            : new(Median(files.Select(file => file.Shape.Height)), Median(files.Select(file => file.Shape.Width)), channels);
    }

    private static int Median(IEnumerable<int> sizes)
    {
        int[] sorted = [.. sizes.Order()];
        return Math.Min(sorted[(sorted.Length - 1) / 2], Largest);
    }
}
