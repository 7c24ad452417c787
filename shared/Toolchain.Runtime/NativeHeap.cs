using System.Runtime.InteropServices;

namespace Toolchain.Runtime;

/// <summary>The memory that native libraries allocate. Where the C library is not GNU's, nothing happens here: others give back by themselves what is freed.</summary>
public static partial class NativeHeap
{
    // mallopt(3): the most heaps beside each other. By default there are eight for each processor, and what a load leaves lies in pieces in all of them.
    private const int ArenaMax = -8;
    private const int Arenas = 2;

    // Larger blocks, as most weights are, lie by themselves and go back when they are freed. By default the bound rises with every such block that is freed, and the next weights lie among small pieces.
    private const int MmapThreshold = -3;
    private const int LargeBytes = 1 << 20;
    private static readonly Lazy<bool> IsGnu = new(static () =>
        OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out var library) && NativeLibrary.TryGetExport(library, "malloc_trim", out _));

    /// <summary>Keeps small blocks in few heaps and large ones outside of them, so that what is freed can be given back; before models are loaded.</summary>
    public static void KeepTogether()
    {
        if (IsGnu.Value)
        {
            // What it costs when it is refused is only memory.
            _ = SetOption(ArenaMax, Arenas);
            _ = SetOption(MmapThreshold, LargeBytes);
        }
    }

    /// <summary>Gives freed memory back to the operating system (malloc_trim(3)): loading a model frees about as much as its weights take, and the library keeps it.</summary>
    public static void Trim()
    {
        if (IsGnu.Value)
        {
            _ = Trim(0);
        }
    }

    [LibraryImport("libc.so.6", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint kept);

    [LibraryImport("libc.so.6", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);
}
