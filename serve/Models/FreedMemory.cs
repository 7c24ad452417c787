using Toolchain.Runtime;

namespace Toolchain.Serve.Models;

/// <summary>Memory that nobody uses any more, and that the process still has.</summary>
internal static class FreedMemory
{
    /// <summary>
    /// Gives it back to the operating system: after a version was loaded, its file and what measuring it took; after it was unloaded, all of it. The runtime would keep
    /// arrays, and the C library the pieces that ONNX Runtime freed. Requests come first.
    /// </summary>
    public static Task GiveBackAsync()
    {
        // What is large lies outside the runtime's memory, except where a model's file had to be read into an array (MemoryFile).
        if (!OperatingSystem.IsLinux())
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
        }

        return QuietThread.RunAsync(NativeHeap.Trim);
    }

    /// <summary>Gives all of it back, for which requests wait some milliseconds.</summary>
    public static void GiveBackAtOnce()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        NativeHeap.Trim();
    }
}
