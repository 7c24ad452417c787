using Toolchain.Runtime;

namespace Toolchain.Serve.Models;

/// <summary>Memory that nobody uses any more, and that the process still has.</summary>
internal static class FreedMemory
{
    /// <summary>
    /// Gives it back to the operating system: after a version was loaded, its file and what measuring it took; after it was unloaded, all of it. The runtime would keep
    /// arrays, and the C library the pieces that ONNX Runtime freed.
    /// </summary>
    /// <param name="quietly">Whether requests come first. Otherwise all of it goes back, for a pause of some milliseconds.</param>
    public static void GiveBack(bool quietly)
    {
        if (quietly)
        {
            // What is large lies outside the runtime's memory, except where a model's file had to be read into an array (MemoryFile).
            if (!OperatingSystem.IsLinux())
            {
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
            }

            QuietThread.Run(NativeHeap.Trim);
        }
        else
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            NativeHeap.Trim();
        }
    }
}
