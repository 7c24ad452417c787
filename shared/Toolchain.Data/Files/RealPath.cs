using System.Runtime.InteropServices;

namespace Toolchain.Data;

/// <summary>Where a path leads when every link in it is followed.</summary>
internal static unsafe partial class RealPath
{
    /// <summary>The path without links; null when it leads nowhere, or in a circle.</summary>
    public static string? Of(string path)
    {
        if (OperatingSystem.IsWindows())
            return Path.Exists(path) ? Path.GetFullPath(path) : null;
        var resolved = Resolve(path, 0);
        if (resolved == 0)
            return null;
        try
        {
            return Marshal.PtrToStringUTF8(resolved);
        }
        finally
        {
            Free(resolved);
        }
    }

    /// <summary>Whether a path without links is a folder or something in it.</summary>
    public static bool IsWithin(string path, string folder) =>
        path == folder || path.StartsWith(folder.EndsWith(Path.DirectorySeparatorChar) ? folder : folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    // realpath(3) allocates the answer when it is given no room for it.
    [LibraryImport("libc", EntryPoint = "realpath", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Resolve(string path, nint room);

    [LibraryImport("libc", EntryPoint = "free")]
    private static partial void Free(nint memory);
}
