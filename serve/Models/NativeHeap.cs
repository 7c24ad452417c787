using System.Runtime.InteropServices;

namespace Toolchain.Serve.Models;

/// <summary>The memory that native code allocates.</summary>
internal static partial class NativeHeap
{
    private static readonly Lazy<bool> CanTrim = new(static () => OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out var library) && NativeLibrary.TryGetExport(library, "malloc_trim", out _));

    /// <summary>
    /// Gives what was freed back to the operating system: what a model took is of no use to the next one while it lies in the heap in pieces. The GNU C library keeps
    /// it otherwise (malloc_trim(3)); others give it back by themselves.
    /// </summary>
    public static void Trim()
    {
        // A file's content was a large object, which only a full collection finds; in the background, because requests go on.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
        if (CanTrim.Value)
        {
            _ = MallocTrim(0);
        }
    }

    [LibraryImport("libc.so.6", EntryPoint = "malloc_trim")]
    private static partial int MallocTrim(nuint pad);
}
