using System.Collections.Immutable;
using System.Globalization;

namespace Toolchain.Data;

/// <summary>
/// A folder with images of any format in <c>train/images/</c> and a mask for each in <c>train/masks/</c>, a PNG file of the same name before the dot; the
/// same below <c>test/</c>, and optionally <c>classes.txt</c> with a class name per line. All images have one size and are all grey or all colour; a mask is
/// an 8-bit grey picture of that size whose values are class numbers, or 255 where a pixel belongs to none.
/// </summary>
internal static class MaskFolder
{
    private const string ClassesFile = "classes.txt";

    public static DatasetKind Kind { get; } = new("masks", "DIR", "a folder with train/images/*, train/masks/*.png of the same names (values are class numbers, 255 is ignored), and test/ alike",
        Read);

    private static DatasetSplits Read(string folder, DatasetOptions options)
    {
        var name = $"masks:{folder}";
        var problems = new Problems($"Data set {name}", "Correct the data, or leave unreadable pairs out with --skip-bad");
        var (train, test) = (Pairs(folder, "train", problems), Pairs(folder, "test", problems));
        problems.ThrowIfAny();

        var shape = MaskedImages.ShapeOf([.. train.Select(pair => pair.Image)], options.SkipBad);
        var (trainImages, testImages) = (MaskedImages.Read(train, shape), MaskedImages.Read(test, shape));
        string[] faults = [.. trainImages.Faults.Concat(testImages.Faults)];
        foreach (var fault in options.SkipBad ? [] : faults)
            problems.Add(fault);
        problems.ThrowIfAny();

        var classes = ReadClassNames(folder) ?? Numbered(trainImages.Masks.Concat(testImages.Masks));
        foreach (var (mask, highest) in trainImages.Highest.Concat(testImages.Highest))
        {
            if (highest >= classes.Length)
                problems.Add($"{mask}: a pixel has class {highest}, but {ClassesFile} names {classes.Length}, numbered from 0");
        }

        problems.ThrowIfAny();
        if (trainImages.Highest.Count == 0 || testImages.Highest.Count == 0)
            throw new ToolchainException(ErrorKind.BadInput, $"Data set {name} has {trainImages.Highest.Count} readable pairs to train on and {testImages.Highest.Count} to test with; there must be some of each.");
        return new(name, Dataset("train", trainImages), Dataset("test", testImages)) { Skipped = [.. faults] };

        Dataset Dataset(string split, MaskedImages images) => new($"{name} ({split})",
            new ImageInputs(images.Pixels, shape.Height, shape.Width, shape.Channels), new MaskTargets(images.Masks, shape.Height * shape.Width, classes))
        {
            Origins = new([.. images.Images.Select(image => Path.GetRelativePath(folder, image))]),
        };
    }

    private static (string Image, string Mask)[] Pairs(string folder, string split, Problems problems)
    {
        var (images, masks) = (Path.Combine(folder, split, "images"), Path.Combine(folder, split, "masks"));
        foreach (var missing in new[] { images, masks }.Where(path => !Directory.Exists(path)))
            throw new ToolchainException(ErrorKind.NotFound, $"Data set masks:{folder}: there is no folder {missing}. It must hold {Kind.Summary["a folder with ".Length..]}.");

        var (imageNames, maskNames) = (Names(images, "*"), Names(masks, "*.png"));
        if (imageNames.Length == 0)
            problems.Add($"{images} has no image");
        foreach (var twins in imageNames.GroupBy(Path.GetFileNameWithoutExtension, StringComparer.Ordinal).Where(twins => twins.Count() > 1))
            problems.Add($"{images} has {string.Join(" and ", twins)}, and a mask belongs to one image");
        foreach (var name in imageNames.Where(name => !maskNames.Contains(MaskOf(name), StringComparer.Ordinal)))
            problems.Add($"{Path.Combine(images, name)} has no mask {Path.Combine(masks, MaskOf(name))}");
        foreach (var name in maskNames.Except(imageNames.Select(MaskOf), StringComparer.Ordinal))
            problems.Add($"{Path.Combine(masks, name)} has no image in {images}");
        return [.. imageNames.Select(name => (Path.Combine(images, name), Path.Combine(masks, MaskOf(name))))];
    }

    private static string MaskOf(string image) => Path.ChangeExtension(image, ".png");

    private static string[] Names(string folder, string pattern) =>
        [.. Directory.EnumerateFiles(folder, pattern).Select(path => Path.GetFileName(path)).Where(name => !name.StartsWith('.')).Order(StringComparer.Ordinal)];

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
