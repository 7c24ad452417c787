namespace Toolchain.Registry;

/// <summary>
/// A hidden folder that one process writes before anybody may see the result. A lock on the file beside it says that its owner lives,
/// so a folder whose owner was killed is known at once. Disposing it removes whatever was not moved away.
/// </summary>
internal sealed class StagingFolder : IDisposable
{
    private const string OwnerSuffix = ".owner";
    private readonly FileStream owner;

    private StagingFolder(string path, FileStream owner) => (Path, this.owner) = (path, owner);

    public string Path { get; }

    /// <summary>Creates an empty folder in <paramref name="parent"/>, which exists.</summary>
    /// <param name="parent">The folder whose lock collectors hold; taken for the moment in which owner and folder come to be.</param>
    /// <param name="prefix">Says what is being written.</param>
    /// <param name="target">The file that will be moved into the parent, if it is one; kept for whoever cleans up.</param>
    public static StagingFolder Create(string parent, string prefix, string target = "")
    {
        using var held = FileLock.Take(System.IO.Path.Combine(parent, Layout.Lock), FileLock.Patience);
        while (true)
        {
            var path = System.IO.Path.Combine(parent, prefix + System.IO.Path.GetRandomFileName().Replace(".", "", StringComparison.Ordinal));

            // Null only when a check for abandoned folders looked at the new file before it was locked.
            if (FileLock.TryTake(path + OwnerSuffix, FileMode.CreateNew, FileAccess.ReadWrite) is { } owner)
            {
                var folder = new StagingFolder(path, owner);
                try
                {
                    owner.Write(System.Text.Encoding.UTF8.GetBytes(target));
                    owner.Flush();
                    Directory.CreateDirectory(path);
                    return folder;
                }
                catch
                {
                    folder.Dispose();
                    throw;
                }
            }
        }
    }

    /// <summary>The folders in <paramref name="parent"/> that were left behind by processes that are gone, and the files they were about to place.</summary>
    public static IReadOnlyList<(string Path, string Target)> Abandoned(string parent, string prefix) => [.. Directory
        .EnumerateFileSystemEntries(parent, prefix + "*")
        .Select(path => path.EndsWith(OwnerSuffix, StringComparison.Ordinal) ? path[..^OwnerSuffix.Length] : path)
        .Distinct()
        .Order(StringComparer.Ordinal)
        .Select(path => (path, TargetOfDead(path)))
        .Where(found => found.Item2 is not null)
        .Select(found => (found.path, found.Item2!))];

    /// <summary>Deletes an abandoned folder and its owner's file.</summary>
    public static void Discard(string path)
    {
        Durable.DeleteFolder(path);
        File.Delete(path + OwnerSuffix);
    }

    /// <summary>Removes the folder, if it was not moved, and then says that nobody owns it.</summary>
    public void Dispose()
    {
        Discard(Path);
        owner.Dispose();
    }

    // Null when the owner lives, or has just finished.
    private static string? TargetOfDead(string path)
    {
        try
        {
            using var owner = FileLock.TryTake(path + OwnerSuffix, FileMode.Open, FileAccess.Read);
            return owner is null ? null : new StreamReader(owner).ReadToEnd();
        }
        catch (FileNotFoundException)
        {
            return Directory.Exists(path) ? "" : null;
        }
    }
}
