using System.Globalization;

namespace Toolchain.Registry;

/// <summary>The names of files and folders in a registry. Whatever starts with a dot is hidden from readers.</summary>
internal static class Layout
{
    public const string Manifest = "manifest.json";
    public const string Aliases = "aliases.json";
    public const string Lock = ".lock";

    /// <summary>The highest version number that was ever removed; numbers are not given twice, because lineage refers to them.</summary>
    public const string Removed = ".removed";

    /// <summary>Starts the name of a version's folder that is being written.</summary>
    public const string NewVersion = ".new-";

    /// <summary>Starts the name of a folder, inside a version, where an artifact is being written.</summary>
    public const string NewArtifact = ".add-";

    /// <summary>Starts the name of a version's folder that is being deleted.</summary>
    public const string Doomed = ".old-";

    public static string ModelFolder(string root, string name) => Path.Combine(root, name);

    public static string VersionFolder(string root, string name, int version) => Path.Combine(root, name, version.ToString(CultureInfo.InvariantCulture));

    /// <summary>The models' names in ordinal order; also those that have no version yet.</summary>
    public static IEnumerable<string> Names(string root) => Folders(root).Where(ModelName.IsValid).Order(StringComparer.Ordinal);

    /// <summary>A model's version numbers, ascending; empty when there is no such model.</summary>
    public static IReadOnlyList<int> Versions(string root, string name)
        => [.. Folders(ModelFolder(root, name)).Select(ModelReference.ParseVersion).OfType<int>().Order()];

    private static IEnumerable<string> Folders(string parent) => Directory.Exists(parent)
        ? Directory.EnumerateDirectories(parent).Select(path => Path.GetFileName(path))
        : [];
}
