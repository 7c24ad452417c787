using System.Collections.Immutable;
using System.Globalization;

namespace Toolchain.Data;

/// <summary>A folder with the four files of MNIST's distribution, each plain or gzipped, and optionally <c>labels.txt</c> with a class name per line.</summary>
internal static class IdxFolder
{
    private const string LabelsFile = "labels.txt";

    public static DatasetKind Kind { get; } = new("idx", "DIR", "a folder with train-images-idx3-ubyte[.gz] and the three files beside it, as MNIST is distributed",
        (folder, _) => Read(folder, $"idx:{folder}", ReadClassNames(folder),
            "The folder must hold train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, each plain or with .gz."));

    /// <summary>Reads both splits.</summary>
    /// <param name="folder">Where the four files are.</param>
    /// <param name="name">The data set's name in messages.</param>
    /// <param name="classNames">What each label means; when null, the labels are named by their numbers.</param>
    /// <param name="advice">What to do when a file is missing.</param>
    public static DatasetSplits Read(string folder, string name, ImmutableArray<string>? classNames, string advice)
    {
        var (trainPixels, trainLabels) = ReadPair(folder, name, "train", advice);
        var (testPixels, testLabels) = ReadPair(folder, name, "t10k", advice);
        if ((trainPixels.Height, trainPixels.Width) != (testPixels.Height, testPixels.Width))
        {
            throw new ToolchainException(ErrorKind.BadInput,
                $"Data set {name}: its training images are {trainPixels.Height}×{trainPixels.Width} pixels, its test images {testPixels.Height}×{testPixels.Width}. Both must have one size.");
        }

        var classes = classNames ?? [.. Enumerable.Range(0, trainLabels.Concat(testLabels).Max() + 1).Select(label => label.ToString(CultureInfo.InvariantCulture))];
        return new(name, Dataset("train", trainPixels, trainLabels), Dataset("test", testPixels, testLabels));

        Dataset Dataset(string split, IdxImages images, int[] labels) =>
            new($"{name} ({split})", images.Pixels, labels, images.Height, images.Width, channels: 1, classes);
    }

    private static (IdxImages Images, int[] Labels) ReadPair(string folder, string name, string prefix, string advice)
    {
        var images = IdxReader.ReadImages(Find($"{prefix}-images-idx3-ubyte"));
        var labelsPath = Find($"{prefix}-labels-idx1-ubyte");
        var labels = IdxReader.ReadLabels(labelsPath);
        return labels.Length == images.Count
            ? (images, labels)
            : throw new ToolchainException(ErrorKind.BadInput,
                $"Data set {name}: {labelsPath} has {labels.Length} labels, but the file beside it has {images.Count} images. Each image needs one label.");

        string Find(string file)
        {
            var path = Path.Combine(folder, file);
            return File.Exists(path) ? path
                : File.Exists(path + ".gz") ? path + ".gz"
                : throw new ToolchainException(ErrorKind.NotFound, $"Data set {name}: there is no {path} or {file}.gz. {advice}");
        }
    }

    private static ImmutableArray<string>? ReadClassNames(string folder)
    {
        var path = Path.Combine(folder, LabelsFile);
        if (!File.Exists(path))
            return null;
        ImmutableArray<string> names = [.. File.ReadLines(path).Select(line => line.Trim()).Where(line => line.Length > 0)];
        return names.Length > 0 ? names
            : throw new ToolchainException(ErrorKind.BadInput, $"{path} names no class. Write one name per line in the order of the labels, or remove the file to use the numbers.");
    }
}
