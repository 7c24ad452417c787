namespace Toolchain.Registry;

/// <summary>Takes one version out of the registry: out of sight by one rename, then off the disk.</summary>
internal static class Removal
{
    /// <returns>The number that was removed.</returns>
    public static int Run(string root, ModelReference reference, bool force)
    {
        var modelFolder = Layout.ModelFolder(root, reference.Name);
        VersionNumbers.Find(root, reference);
        return StorageFaults.Explained(modelFolder, "nothing was removed", () =>
        {
            using var held = FileLock.Take(Path.Combine(modelFolder, Layout.Lock), FileLock.Patience);
            var version = VersionNumbers.Find(root, reference);
            ReleaseAliases(modelFolder, reference.Name, version, force);
            RemovedMark.Raise(modelFolder, version);
            Durable.DeleteFolder(Hide(modelFolder, Layout.VersionFolder(root, reference.Name, version)));
            return version;
        });
    }

    private static void ReleaseAliases(string modelFolder, string name, int version, bool force)
    {
        var aliases = AliasFile.Read(modelFolder);
        var pointing = aliases.Where(alias => alias.Value == version).Select(alias => alias.Key).ToList();
        if (pointing.Count == 0)
        {
            return;
        }

        if (!force)
        {
            throw new ToolchainException(ErrorKind.Usage, $"Model {name}:{version} is in use: {string.Join(", ", pointing.Select(alias => $"{name}@{alias}"))} points to it. Point it elsewhere first, or remove both with --force.");
        }

        pointing.ForEach(alias => aliases.Remove(alias));
        AliasFile.Write(modelFolder, aliases);
    }

    private static string Hide(string modelFolder, string versionFolder)
    {
        var doomed = Path.Combine(modelFolder, $"{Layout.Doomed}{Path.GetFileName(versionFolder)}");

        // Waits for a writer that is just adding an artifact; the next one finds the folder gone.
        using var held = FileLock.Take(Path.Combine(versionFolder, Layout.Lock), FileLock.Patience);
        Directory.Move(versionFolder, doomed);
        Durable.FlushFolder(modelFolder);
        return doomed;
    }
}
