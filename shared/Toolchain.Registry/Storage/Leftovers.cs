using Toolchain.Graphs.Onnx;

namespace Toolchain.Registry;

/// <summary>
/// Finds what writers that are gone left behind. What a person put into the registry's folders is none of it.
/// Whoever deletes what is found holds the folder's lock, so that none of it is in use.
/// </summary>
internal static class Leftovers
{
    /// <summary>Paths in a model's folder, outside its versions.</summary>
    public static IEnumerable<string> OfModel(string folder) => StagingFolder.Abandoned(folder, Layout.NewVersion).Select(left => left.Path)
        .Concat(Directory.EnumerateDirectories(folder, Layout.Doomed + "*"))
        .Concat(Unfinished(folder, Layout.Aliases))
        .Concat(Unfinished(folder, Layout.Removed));

    /// <summary>Paths in a version's folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="manifest">Its manifest; null when that cannot be read, and then no artifact counts as left behind.</param>
    public static IEnumerable<string> OfVersion(string folder, ModelManifest? manifest)
    {
        var abandoned = StagingFolder.Abandoned(folder, Layout.NewArtifact);

        // A writer that ended between placing its file and listing it leaves a file that no manifest names.
        var unlisted = abandoned
            .SelectMany(left => (string[])[left.Target, OnnxFile.DataOf(left.Target)])
            .Where(file => ArtifactManifest.IsFileName(file) && manifest is not null && !manifest.Artifacts.Any(artifact => artifact.File == file))
            .Select(file => Path.Combine(folder, file))
            .Where(File.Exists)
            .Distinct();
        return unlisted.Concat(abandoned.Select(left => left.Path)).Concat(Unfinished(folder, Layout.Manifest));
    }

    private static IEnumerable<string> Unfinished(string folder, string file)
    {
        var path = Durable.TemporaryFor(Path.Combine(folder, file));
        return File.Exists(path) ? [path] : [];
    }
}
