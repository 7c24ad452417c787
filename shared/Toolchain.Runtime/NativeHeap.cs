using System.Runtime.InteropServices;

namespace Toolchain.Runtime;

/// <summary>The memory that native libraries have allocated and freed.</summary>
internal static partial class NativeHeap
{
    private static bool _canTrim = OperatingSystem.IsLinux();

    /// <summary>
    /// Gives freed memory back to the operating system (malloc_trim(3)). Loading a model frees about as much as its weights take, and glibc keeps it; other C libraries have
    /// no such function, and nothing happens.
    /// </summary>
    public static void Trim()
    {
        if (!_canTrim)
        {
            return;
        }

        try
        {
            _ = Trim(0);
        }
        catch (EntryPointNotFoundException)
        {
            _canTrim = false;
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint kept);
}
