namespace Toolchain.Graphs.Files;

/// <summary>
/// Writes a file beside its place and then renames it. A file that is being read through a mapping, perhaps for the very weights that are
/// written, is replaced and not truncated under its reader.
/// </summary>
internal static class NewFile
{
    internal static void Write(string path, Action<Stream> write)
    {
        var full = Path.GetFullPath(path);
        var temporary = Path.Combine(Path.GetDirectoryName(full) ?? full, $".{Path.GetFileName(full)}.{Guid.NewGuid():N}.tmp");
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, full, overwrite: true);
        }
        catch (Exception e)
        {
            if (File.Exists(temporary))
            {
                File.Delete(temporary);
            }

            if (FileErrors.Describe(e, "write", path) is { } error)
            {
                throw error;
            }

            throw;
        }
    }
}
