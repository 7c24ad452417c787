using System.Collections.Immutable;
using System.Globalization;

namespace Toolchain.Data;

/// <summary>
/// A folder with <c>train/images/*.png</c> and <c>train/masks/*.png</c> of the same names, the same below <c>test/</c>, and optionally
/// <c>classes.txt</c> with a class name per line. All images have one size and are all grey or all colour; a mask is an 8-bit grey picture of
/// that size whose values are class numbers, or 255 where a pixel belongs to none.
/// </summary>
internal static class MaskFolder
{
    private const string ClassesFile = "classes.txt";

    public static DatasetKind Kind { get; } = new("masks", "DIR", "a folder with train/images/*.png, train/masks/*.png of the same names (values are class numbers, 255 is ignored), and test/ alike",
        (folder, _) => Read(folder));

    private static DatasetSplits Read(string folder)
    {
        var name = $"masks:{folder}";
        var problems = new Problems($"Data set {name}");
        var (train, test) = (Pairs(folder, "train", problems), Pairs(folder, "test", problems));
        problems.ThrowIfAny();

        var shape = MaskedImages.ShapeOf(train[0].Image);
        var (trainImages, testImages) = (MaskedImages.Read(train, shape, problems), MaskedImages.Read(test, shape, problems));
        problems.ThrowIfAny();

        var classes = ReadClassNames(folder) ?? Numbered(trainImages.Masks.Concat(testImages.Masks));
        foreach (var (pair, highest) in train.Zip(trainImages.Highest).Concat(test.Zip(testImages.Highest)))
        {
            if (highest >= classes.Length)
                problems.Add($"{pair.Mask}: a pixel has class {highest}, but {ClassesFile} names {classes.Length}, numbered from 0");
        }

        problems.ThrowIfAny();
        return new(name, Dataset("train", trainImages), Dataset("test", testImages));

        Dataset Dataset(string split, MaskedImages images) => new($"{name} ({split})",
            new ImageInputs(images.Pixels, shape.Height, shape.Width, shape.Channels), new MaskTargets(images.Masks, shape.Height * shape.Width, classes));
    }

    private static (string Image, string Mask)[] Pairs(string folder, string split, Problems problems)
    {
        var (images, masks) = (Path.Combine(folder, split, "images"), Path.Combine(folder, split, "masks"));
        foreach (var missing in new[] { images, masks }.Where(path => !Directory.Exists(path)))
            throw new ToolchainException(ErrorKind.NotFound, $"Data set masks:{folder}: there is no folder {missing}. It must hold {Kind.Summary["a folder with ".Length..]}.");

        var (imageNames, maskNames) = (Names(images), Names(masks));
        if (imageNames.Length == 0)
            problems.Add($"{images} has no .png file");
        foreach (var name in imageNames.Except(maskNames, StringComparer.Ordinal))
            problems.Add($"{Path.Combine(images, name)} has no mask {Path.Combine(masks, name)}");
        foreach (var name in maskNames.Except(imageNames, StringComparer.Ordinal))
            problems.Add($"{Path.Combine(masks, name)} has no image {Path.Combine(images, name)}");
        return [.. imageNames.Select(name => (Path.Combine(images, name), Path.Combine(masks, name)))];
    }

    private static string[] Names(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*.png").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private static ImmutableArray<string> Numbered(IEnumerable<byte> masks) =>
        [.. Enumerable.Range(0, masks.Where(label => label != MaskTargets.Ignored).DefaultIfEmpty().Max() + 1).Select(label => label.ToString(CultureInfo.InvariantCulture))];

    private static ImmutableArray<string>? ReadClassNames(string folder)
    {
        var path = Path.Combine(folder, ClassesFile);
        if (!File.Exists(path))
            return null;
        ImmutableArray<string> names = [.. File.ReadLines(path).Select(line => line.Trim()).Where(line => line.Length > 0)];
        return names.Length is > 0 and <= MaskTargets.Ignored ? names
            : throw new ToolchainException(ErrorKind.BadInput, $"{path} names {names.Length} classes; masks tell 1 to {MaskTargets.Ignored} apart. Write one name per line in the order of the class numbers, or remove the file to use the numbers.");
    }
}
