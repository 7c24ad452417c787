using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Toolchain.Serve.Batching;

/// <summary>
/// Work that must not slow down anybody else: on a thread of the lowest priority. Threads inherit it on Linux, so such work starts no others,
/// and completes no tasks: their continuations might start threads of the pool.
/// </summary>
internal static partial class QuietThread
{
    // setpriority(2): of a thread, where 'who' is 0 of the one that calls; 19 is the weakest claim to a processor.
    private const int PrioProcess = 0;
    private const int Weakest = 19;

    /// <summary>Does the work and waits for it.</summary>
    /// <exception cref="Exception">Whatever the work throws.</exception>
    public static void Run(Action work) => Run([work]);

    /// <summary>Does several pieces of work at the same time and waits for all.</summary>
    /// <exception cref="Exception">What the first of those that throw throws.</exception>
    public static void Run(IReadOnlyList<Action> works)
    {
        var failures = new ExceptionDispatchInfo?[works.Count];
        var threads = works.Select((work, i) => new Thread(() => failures[i] = Attempt(work)) { IsBackground = true, Name = "quiet" }).ToList();
        threads.ForEach(static t => t.Start());
        threads.ForEach(static t => t.Join());
        failures.FirstOrDefault(static f => f is not null)?.Throw();
    }

    private static ExceptionDispatchInfo? Attempt(Action work)
    {
        try
        {
            LowerPriority();
            work();
            return null;
        }
        catch (Exception failure)
        {
            return ExceptionDispatchInfo.Capture(failure);
        }
    }

    private static void LowerPriority()
    {
        // .NET's own priorities mean nothing on Linux.
        Thread.CurrentThread.Priority = ThreadPriority.Lowest;
        if (OperatingSystem.IsLinux())
        {
            // Where it is not allowed, the work is done all the same.
            _ = SetPriority(PrioProcess, 0, Weakest);
        }
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, uint who, int priority);
}
