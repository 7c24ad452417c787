namespace Toolchain.Tests;

/// <summary>What a call allocates on the thread that makes it.</summary>
/// <remarks>Which test of a process comes first differs with the path of the checkout, and the first makes what every process makes once. A call that seems
/// to take too much is therefore made a second time, and only that one counts.</remarks>
internal static class Allocated
{
    /// <summary>Fails if <paramref name="call"/>, which can be made twice, allocates more than <paramref name="bytes"/>.</summary>
    public static void AtMost(long bytes, Action call)
    {
        var allocated = By(call);
        Assert.InRange(allocated > bytes ? By(call) : allocated, 0, bytes);
    }

    private static long By(Action call)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        call();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
