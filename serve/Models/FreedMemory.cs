using System.Runtime.InteropServices;

namespace Toolchain.Serve.Models;

/// <summary>Memory that nobody uses any more, and that the process still has.</summary>
internal static partial class FreedMemory
{
    // mallopt(3): the most heaps beside each other. By default there are eight for each processor, and what a load leaves lies in pieces in all of them.
    private const int ArenaMax = -8;
    private const int Arenas = 2;
    private static readonly Lazy<bool> IsGnu = new(static () =>
        OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out var library) && NativeLibrary.TryGetExport(library, "malloc_trim", out _));

    /// <summary>Makes the GNU C library keep memory in few heaps, so that what is freed can be given back; before models are loaded.</summary>
    public static void KeepTogether()
    {
        if (IsGnu.Value)
        {
            // What it costs when it is refused is only memory.
            _ = SetOption(ArenaMax, Arenas);
        }
    }

    /// <summary>
    /// Gives it back to the operating system: after a version was loaded, its file and what measuring it took; after it was unloaded, all of it. The runtime would keep
    /// the arrays, and the GNU C library the pieces that ONNX Runtime freed (malloc_trim(3)); other C libraries give them back by themselves.
    /// </summary>
    public static void GiveBack()
    {
        // What lives on the managed heap of a server is a few megabytes, so that collecting all of it is a pause of some milliseconds, once in the life of a version.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (IsGnu.Value)
        {
            _ = MallocTrim(0);
        }
    }

    [LibraryImport("libc.so.6", EntryPoint = "malloc_trim")]
    private static partial int MallocTrim(nuint pad);

    [LibraryImport("libc.so.6", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);
}
