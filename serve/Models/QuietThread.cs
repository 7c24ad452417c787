using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Toolchain.Serve.Models;

/// <summary>
/// Work that must not disturb requests: a thread of its own that gets what processor time they leave. Linux gives each thread a niceness of its
/// own (sched(7)), which threads that it starts inherit: it starts none that live on where that cannot be undone, and completes no tasks, whose continuations might.
/// </summary>
internal static partial class QuietThread
{
    // A tenth of the processor time of a thread that wants the same core.
    private const int Nicer = 10;
    private const int Nicest = 19;
    private const int OfThread = 0;
    private static readonly int Ordinary = OperatingSystem.IsLinux() ? GetPriority(OfThread, 0) : 0;
    private static readonly Lazy<bool> Undoable = new(TryUndo);

    private static int Quiet => Math.Min(Nicest, Ordinary + Nicer);

    /// <summary>Whether threads that quiet work started can be made ordinary again, which the operating system may not allow.</summary>
    public static bool CanUndo => !OperatingSystem.IsLinux() || Undoable.Value;

    /// <summary>Does work on a thread that yields to others, and waits for it.</summary>
    /// <returns>Its result; what it throws is thrown here.</returns>
    public static T Run<T>(Func<T> work)
    {
        var result = default(T);
        Run([() => result = work()]);
        return result!;
    }

    /// <inheritdoc cref="Run{T}"/>
    public static void Run(Action work) => Run([work]);

    /// <summary>Does several pieces of work at the same time, each on a thread that yields to others, and waits for all. What they start yields too until then.</summary>
    /// <exception cref="Exception">What the first of those that throw throws.</exception>
    public static void Run(IReadOnlyList<Action> works)
    {
        try
        {
            Start(works);
        }
        finally
        {
            Undo();
        }
    }

    private static bool TryUndo()
    {
        var allowed = false;
        Start([() => allowed = SetPriority(OfThread, 0, Ordinary) == 0]);
        return allowed;
    }

    private static void Start(IReadOnlyList<Action> works)
    {
        var failures = new ExceptionDispatchInfo?[works.Count];
        var threads = works.Select((work, i) => new Thread(() => failures[i] = Attempt(work)) { IsBackground = true, Name = "quiet work", Priority = ThreadPriority.BelowNormal }).ToList();
        threads.ForEach(static t => t.Start());
        threads.ForEach(static t => t.Join());
        failures.FirstOrDefault(static f => f is not null)?.Throw();
    }

    private static ExceptionDispatchInfo? Attempt(Action work)
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                // What it costs when it is refused is only that the work is not quiet.
                _ = SetPriority(OfThread, 0, Quiet);
            }

            work();
            return null;
        }
        catch (Exception thrown)
        {
            return ExceptionDispatchInfo.Capture(thrown);
        }
    }

    // Threads that live on: those of the session that was made, and those of the runtime's that happened to be started meanwhile.
    private static void Undo()
    {
        if (!OperatingSystem.IsLinux() || !CanUndo)
        {
            return;
        }

        foreach (var task in Directory.EnumerateDirectories("/proc/self/task"))
        {
            var thread = int.Parse(Path.GetFileName(task), CultureInfo.InvariantCulture);
            if (GetPriority(OfThread, thread) == Quiet)
            {
                _ = SetPriority(OfThread, thread, Ordinary);
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "getpriority")]
    private static partial int GetPriority(int which, int who);

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int who, int priority);
}
