using System.Collections.Immutable;

namespace Toolchain.Data;

/// <summary>
/// A folder with a sub-folder of images per class, as torchvision's <c>ImageFolder</c> reads it: classes in the ordinal order of their names, images at any
/// depth below. When all sub-folders are named <c>train</c>, <c>test</c>, <c>val</c> (<c>valid</c>, <c>validation</c>), each of them holds such classes and is that
/// part of the data; otherwise, and without <c>test</c>, a fifth of the images, always the same, is kept for the test. Formats are told by content.
/// </summary>
internal static class FolderDataset
{
    private const string Advice = "Add images, or put them below train/ and test/.";

    public static DatasetKind Kind { get; } = new("folder", "DIR", "a folder with a sub-folder of images (PNG, JPEG, WebP, TIFF, GIF, AVIF) per class, or with train/, test/ and val/ of such", Read);

    private static DatasetSplits Read(string folder, DatasetOptions options)
    {
        var name = $"folder:{folder}";
        if (!Directory.Exists(folder))
            throw new ToolchainException(ErrorKind.NotFound, $"Data set {name}: there is no folder {folder}. It must hold a sub-folder of images per class.");

        var places = Places(folder);
        var classes = ClassesOf(name, folder, places);
        var (paths, labels, parts) = Collect(name, folder, places, classes);
        var samples = FileSamples.Open(name, paths, ImageFiles.Format, options);
        int[] kept = [.. samples.Files.Select(file => labels[file])];
        SamplePart[] keptParts = [.. samples.Files.Select(file => parts[file])];
        RequireEveryClass(name, kept, keptParts, classes);

        var all = new Dataset(name, samples.Inputs, new ClassTargets(kept, classes)) { Origins = new([.. samples.Files.Select(file => paths[file].Name)]) };
        return samples.Describe(Divided(all, keptParts));
    }

    // Each folder with class folders, and the part of the data that it is.
    private static (string Folder, SamplePart Part)[] Places(string folder)
    {
        var names = FolderWalk.Folders(folder);
        var parts = Array.ConvertAll(names, SampleParts.Parse);
        return parts.Contains(SamplePart.Train) && !parts.Contains(null)
            ? [.. names.Zip(parts, (name, part) => (Path.Combine(folder, name), part!.Value)).OrderBy(place => place.Value)]
            : [(folder, SamplePart.Train)];
    }

    private static ImmutableArray<string> ClassesOf(string name, string folder, (string Folder, SamplePart Part)[] places)
    {
        ImmutableArray<string> classes = [.. places.Where(place => place.Part == SamplePart.Train).SelectMany(place => FolderWalk.Folders(place.Folder)).Distinct().Order(StringComparer.Ordinal)];
        return classes.Length > 1 ? classes : throw new ToolchainException(ErrorKind.BadInput,
            $"Data set {name}: {(places.Length > 1 ? places[0].Folder : folder)} has {(classes.IsEmpty ? "no sub-folder" : $"one sub-folder, {classes[0]}")}; there must be one per class, and at least two classes.");
    }

    private static (List<SamplePath> Paths, List<int> Labels, List<SamplePart> Parts) Collect(
        string name, string folder, (string Folder, SamplePart Part)[] places, ImmutableArray<string> classes)
    {
        var (paths, labels, parts) = (new List<SamplePath>(), new List<int>(), new List<SamplePart>());
        var problems = new Problems($"Data set {name}");
        foreach (var (place, part) in places)
        {
            foreach (var className in FolderWalk.Folders(place))
            {
                var label = classes.IndexOf(className);
                if (label < 0)
                {
                    problems.Add($"{Path.Combine(place, className)} is a class that the training images do not have; they have {string.Join(", ", classes)}");
                    continue;
                }

                var found = FolderWalk.Files(folder, Path.Combine(place, className));
                if (found.Count == 0 && part == SamplePart.Train)
                    problems.Add($"{Path.Combine(place, className)} has no file");
                paths.AddRange(found);
                labels.AddRange(Enumerable.Repeat(label, found.Count));
                parts.AddRange(Enumerable.Repeat(part, found.Count));
            }
        }

        problems.ThrowIfAny();
        return (paths, labels, parts);
    }

    private static void RequireEveryClass(string name, int[] labels, SamplePart[] parts, ImmutableArray<string> classes)
    {
        var present = labels.Where((_, sample) => parts[sample] == SamplePart.Train).ToHashSet();
        string[] absent = [.. classes.Where((_, label) => !present.Contains(label))];
        if (absent.Length > 0)
            throw new ToolchainException(ErrorKind.BadInput, $"Data set {name}: no readable training image is left of {string.Join(", ", absent)}. Add images, or remove the class.");
    }

    private static DatasetSplits Divided(Dataset all, SamplePart[] parts)
    {
        if (parts.Contains(SamplePart.Test))
            return PartedSamples.Of(all, parts, Advice);
        if (!parts.Contains(SamplePart.Validation))
            return PartedSamples.HoldOut(all, Advice);

        // The test images come from those to learn from; which are for validation has been said.
        int[] training = [.. Enumerable.Range(0, all.Count).Where(sample => parts[sample] == SamplePart.Train)];
        var chosen = PartedSamples.TestOf(all.Subset(training));
        foreach (var place in chosen)
            parts[training[place]] = SamplePart.Test;
        return PartedSamples.Of(all, parts, Advice);
    }
}
