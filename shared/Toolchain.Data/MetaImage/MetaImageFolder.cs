namespace Toolchain.Data;

/// <summary>
/// A folder of MetaImage volumes (<c>.mhd</c> headers with raw or zlib-compressed data beside them, or <c>.mha</c> with both in one file, at any depth) and
/// <c>annotations.csv</c>. Each slice along the third axis is a grey image whose class is what <see cref="VolumeAnnotations"/> says lies in it. Where all
/// sub-folders are named <c>train</c>, <c>test</c> or <c>val</c> they are those parts; otherwise a fifth of the slices, in whole volumes and always the same, is
/// kept for the test.
/// </summary>
internal static class MetaImageFolder
{
    private static readonly string[] Extensions = [".mhd", ".mha"];
    private const string Advice = "Add volumes, or put them below train/ and test/.";

    public static DatasetKind Kind { get; } = new(
        "metaimage", "DIR", $"a folder of volumes, .mhd with .raw or .zraw, or .mha, and {VolumeAnnotations.FileName} as LUNA16 has it; slices of computed tomography are classified by what lies in them", Read);

    private static DatasetSplits Read(string folder, DatasetOptions options)
    {
        var name = $"metaimage:{folder}";
        if (!Directory.Exists(folder))
            throw new ToolchainException(ErrorKind.NotFound, $"Data set {name}: there is no folder {folder}. It must hold volumes ({string.Join(", ", Extensions)}) and {VolumeAnnotations.FileName}.");
        var annotations = VolumeAnnotations.Read(Path.Combine(folder, VolumeAnnotations.FileName));
        var paths = FolderWalk.Files(folder, folder, file => Extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase));
        if (paths.Count == 0)
            throw new ToolchainException(ErrorKind.BadInput, $"Data set {name} has no {string.Join(" or ", Extensions)} file.");
        RequireOneOfEach(name, paths);

        var samples = FileSamples.Open(name, paths, VolumeFiles.Format, options);
        int[] volumes = [.. samples.Files.Distinct()];
        if (!volumes.Any(volume => annotations.Has(Series(paths[volume]))))
            throw new ToolchainException(ErrorKind.BadInput, $"Data set {name}: {VolumeAnnotations.FileName} says nothing about any of its {volumes.Length} volumes, such as {Series(paths[volumes[0]])}. Its column seriesuid must name them.");

        var classes = volumes.ToDictionary(volume => volume, volume => annotations.ClassesOf(Series(paths[volume]), MetaImageHeader.Read(paths[volume].Path)));
        var all = new Dataset(name, samples.Inputs, new ClassTargets([.. samples.Files.Zip(samples.Slices, (volume, slice) => classes[volume][slice])], [.. annotations.Classes]))
        {
            Origins = new([.. samples.Files.Zip(samples.Slices, (volume, slice) => $"{paths[volume].Name}#{slice}")], samples.Files),
        };
        var parts = Parts(folder, paths);
        return samples.Describe(parts is null ? PartedSamples.HoldOut(all, Advice) : PartedSamples.Of(all, [.. samples.Files.Select(volume => parts[volume])], Advice));
    }

    private static string Series(SamplePath path) => Path.GetFileNameWithoutExtension(path.Path);

    // Annotations name volumes by their file names alone.
    private static void RequireOneOfEach(string name, IReadOnlyList<SamplePath> paths)
    {
        var problems = new Problems($"Data set {name}");
        foreach (var twins in paths.GroupBy(Series, StringComparer.Ordinal).Where(twins => twins.Count() > 1))
            problems.Add($"{string.Join(" and ", twins.Select(path => path.Path))} have one name, and annotations cannot tell them apart");
        problems.ThrowIfAny();
    }

    private static SamplePart[]? Parts(string folder, IReadOnlyList<SamplePath> paths)
    {
        var words = FolderWalk.Folders(folder).ToDictionary(name => name, SampleParts.Parse, StringComparer.Ordinal);
        return words.ContainsValue(SamplePart.Train) && words.ContainsValue(SamplePart.Test) && !words.ContainsValue(null)
            ? [.. paths.Select(path => words.GetValueOrDefault(path.Name.Split(Path.DirectorySeparatorChar)[0]) ?? SamplePart.Train)]
            : null;
    }
}
