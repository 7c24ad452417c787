using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Toolchain.Registry;

/// <summary>Writes that survive a power cut: the bytes first, then the name, then the folder that holds the name.</summary>
internal static partial class Durable
{
    /// <summary>Replaces a file's content at once: a reader sees the old bytes or the new ones. Callers hold the lock of the folder.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        Stage(path, content);
        Commit(path);
    }

    /// <summary>The first half of <see cref="Replace"/>, and the one that a full disk stops: the new content lies beside the file.</summary>
    public static void Stage(string path, ReadOnlySpan<byte> content)
    {
        try
        {
            Write(TemporaryFor(path), content);
        }
        catch
        {
            File.Delete(TemporaryFor(path));
            throw;
        }
    }

    /// <summary>The second half of <see cref="Replace"/>: what was staged becomes the file.</summary>
    public static void Commit(string path)
    {
        File.Move(TemporaryFor(path), path, overwrite: true);
        FlushFolder(Path.GetDirectoryName(path)!);
    }

    /// <summary>Where the next content of a file is written: one hidden name, because replacing happens under a lock.</summary>
    public static string TemporaryFor(string path) => Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetFileName(path).TrimStart('.')}.tmp");

    /// <summary>Writes a whole file and flushes it to disk.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
        RandomAccess.Write(file, content, 0);
        RandomAccess.FlushToDisk(file);
    }

    /// <summary>Flushes a file that somebody else wrote.</summary>
    public static void FlushFile(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(file);
    }

    /// <summary>Flushes a folder's list of names. Windows keeps that list in its journal and has no such call.</summary>
    public static void FlushFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var folder = new SafeFileHandle(Open(path, ReadOnly), ownsHandle: true);
        if (folder.IsInvalid)
        {
            throw new IOException($"Cannot open folder '{path}': {Marshal.GetLastPInvokeErrorMessage()}.", Marshal.GetLastPInvokeError());
        }

        RandomAccess.FlushToDisk(folder);
    }

    /// <summary>Deletes a folder and what is in it; does nothing when it is gone, or when somebody else is deleting it too.</summary>
    public static void DeleteFolder(string path)
    {
        try
        {
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }
        }
        catch (Exception gone) when (gone is DirectoryNotFoundException or FileNotFoundException)
        {
        }
    }

    private const int ReadOnly = 0;

    // .NET opens no folders, and fsync(2) needs one open.
    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);
}
