namespace Toolchain.Registry;

/// <summary>Deletes leftovers, holding the locks under which they could still be in use.</summary>
internal static class GarbageCollection
{
    public static GarbageReport Run(string root)
    {
        var (removed, bytes) = (new List<string>(), 0L);
        foreach (var model in Layout.Names(root).Select(name => Layout.ModelFolder(root, name)))
        {
            Locked(model, () => Delete(Leftovers.OfModel(model).ToList()));
            foreach (var version in Layout.Versions(root, Path.GetFileName(model)))
            {
                var folder = Layout.VersionFolder(root, Path.GetFileName(model), version);
                Locked(folder, () => Delete(Leftovers.OfVersion(folder, ReadableManifest(folder)).ToList()));
            }
        }

        return new GarbageReport(removed, bytes);

        void Delete(List<string> paths)
        {
            foreach (var path in paths)
            {
                bytes += SizeOf(path);
                if (File.Exists(path))
                {
                    File.Delete(path);
                }
                else
                {
                    StagingFolder.Discard(path);
                }

                removed.Add(path);
            }
        }
    }

    private static void Locked(string folder, Action collect) => StorageFaults.Explained(folder, "some leftovers stay", () =>
    {
        try
        {
            using var held = FileLock.Take(Path.Combine(folder, Layout.Lock), FileLock.Patience);
            collect();
        }
        catch (DirectoryNotFoundException) when (!Directory.Exists(folder))
        {
            // Removed by another process meanwhile, and its leftovers with it.
        }

        return true;
    });

    // A damaged manifest is for 'models verify' to report; the rest can be tidied all the same.
    private static ModelManifest? ReadableManifest(string folder)
    {
        try
        {
            return ManifestFile.Read(Path.Combine(folder, Layout.Manifest));
        }
        catch (ToolchainException)
        {
            return null;
        }
    }

    private static long SizeOf(string path) => File.Exists(path)
        ? new FileInfo(path).Length
        : Directory.Exists(path) ? new DirectoryInfo(path).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length) : 0;
}
