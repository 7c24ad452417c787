using Toolchain.Runtime;

namespace Toolchain.Serve.Models;

/// <summary>Memory that nobody uses any more, and that the process still has.</summary>
internal static class FreedMemory
{
    /// <summary>
    /// Gives it back to the operating system: after a version was loaded, its file and what measuring it took; after it was unloaded, all of it. The runtime would keep
    /// the arrays, and the C library the pieces that ONNX Runtime freed.
    /// </summary>
    public static void GiveBack()
    {
        // What lives on the managed heap of a server is a few megabytes, so that collecting all of it is a pause of some milliseconds, once in the life of a version.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        NativeHeap.Trim();
    }
}
