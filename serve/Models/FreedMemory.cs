using System.Runtime.InteropServices;

namespace Toolchain.Serve.Models;

/// <summary>Memory that nobody uses any more, and that the process still has.</summary>
internal static partial class FreedMemory
{
    private static readonly Lazy<bool> CanTrim = new(static () =>
        OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out var library) && NativeLibrary.TryGetExport(library, "malloc_trim", out _));

    /// <summary>
    /// Gives it back to the operating system: after a version was loaded, its file and what measuring it took; after it was unloaded, all of it. The runtime would keep
    /// the arrays, and the GNU C library the pieces that ONNX Runtime freed (malloc_trim(3)); other C libraries give them back by themselves.
    /// </summary>
    public static void GiveBack()
    {
        // What lives on the managed heap of a server is a few megabytes, so that collecting all of it is a pause of some milliseconds, once in the life of a version.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (CanTrim.Value)
        {
            _ = MallocTrim(0);
        }
    }

    [LibraryImport("libc.so.6", EntryPoint = "malloc_trim")]
    private static partial int MallocTrim(nuint pad);
}
