namespace Toolchain.Data;

/// <summary>
/// Finds the files below a folder, at any depth, in the ordinal order of their paths. Hidden ones (whose names begin with a dot, and those that Windows hides
/// in folders of pictures) are left out. Links are followed within the root folder; one that leads out of it, nowhere, or in a circle is a problem.
/// </summary>
internal sealed class FolderWalk
{
    private static readonly string[] HiddenOnWindows = ["Thumbs.db", "ehthumbs.db", "desktop.ini"];

    private readonly string _root;
    private readonly string _realRoot;
    private readonly Func<string, bool> _wanted;
    private readonly List<SamplePath> _found = [];
    private readonly List<string> _open = [];

    private FolderWalk(string root, Func<string, bool> wanted) =>
        (_root, _wanted, _realRoot) = (root, wanted, RealPath.Of(root) ?? throw new ToolchainException(ErrorKind.NotFound, $"There is no folder {root}."));

    /// <summary>The files below a folder.</summary>
    /// <param name="root">The data set's folder, which names are relative to and which links may not leave.</param>
    /// <param name="folder">The root, or a folder in it.</param>
    /// <param name="wanted">Which file names are wanted; all when null.</param>
    public static IReadOnlyList<SamplePath> Files(string root, string folder, Func<string, bool>? wanted = null)
    {
        var walk = new FolderWalk(root, wanted ?? (static _ => true));
        walk.Enter(folder);
        return walk._found;
    }

    /// <summary>The names of a folder's sub-folders, in ordinal order, hidden ones left out.</summary>
    public static string[] Folders(string folder) =>
        [.. Directory.EnumerateDirectories(folder).Select(path => Path.GetFileName(path)).Where(name => !name.StartsWith('.')).Order(StringComparer.Ordinal)];

    private void Enter(string folder)
    {
        var real = RealPath.Of(folder);
        if (real is null || !RealPath.IsWithin(real, _realRoot))
        {
            Note(folder, real is null ? "the link leads nowhere or in a circle; remove it" : $"the link leads out of {_root}; put a copy there instead");
            return;
        }

        if (_open.Exists(open => RealPath.IsWithin(open, real)))
        {
            Note(folder, "the link leads back to a folder that it lies in; remove it");
            return;
        }

        _open.Add(real);
        foreach (var entry in Entries(folder))
            Look(entry);
        _open.RemoveAt(_open.Count - 1);
    }

    private void Look(FileSystemInfo entry)
    {
        if (entry.Name.StartsWith('.') || HiddenOnWindows.Contains(entry.Name, StringComparer.OrdinalIgnoreCase))
            return;
        if (entry.Name.Contains('\uFFFD', StringComparison.Ordinal))
            Note(entry.FullName, "its name is not UTF-8; rename it");
        else if (Directory.Exists(entry.FullName))
            Enter(entry.FullName);
        else if (_wanted(entry.Name))
            Note(entry.FullName, entry.LinkTarget is null ? null : LinkProblem(entry.FullName));
    }

    private string? LinkProblem(string path) => RealPath.Of(path) switch
    {
        null => "the link leads nowhere or in a circle; remove it",
        var real when !RealPath.IsWithin(real, _realRoot) => $"the link leads out of {_root}; put a copy there instead",
        _ => null,
    };

    private FileSystemInfo[] Entries(string folder)
    {
        try
        {
            return [.. new DirectoryInfo(folder).EnumerateFileSystemInfos().OrderBy(entry => entry.Name, StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Note(folder, $"the folder cannot be read: {e.Message}");
            return [];
        }
    }

    private void Note(string path, string? problem) => _found.Add(new(path, Path.GetRelativePath(_root, path), problem));
}
