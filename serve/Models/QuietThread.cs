using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Toolchain.Runtime;

namespace Toolchain.Serve.Models;

/// <summary>
/// Work that must not disturb requests: a thread of its own that gets what processor time they leave, and leaves the first processor to them. Linux has such settings for each thread
/// (sched(7)), which threads that it starts inherit: it starts none that live on where that cannot be undone, and completes no tasks, whose continuations might.
/// </summary>
internal static class QuietThread
{
    // A tenth of the processor time of a thread that wants the same core.
    private const int Nicer = 10;
    private const int Nicest = 19;

    // The runtime's thread that compiles again what is called often, which a load causes; of its name the system keeps so much.
    private const string Compiler = ".NET Tiered Com";
    private static readonly int Ordinary = NativeThread.Current.Niceness;
    private static readonly ProcessorSet Processors = NativeThread.Current.Processors;
    private static readonly ProcessorSet LeftOver = Processors.Count > 1 ? Processors.WithoutFirst() : Processors;
    private static readonly Lazy<bool> Undoable = new(TryUndo);
    private static readonly ConcurrentDictionary<NativeThread, bool> Working = new();
    private static readonly Lock Gate = new();
    private static int _confining;

    /// <summary>Whether threads that quiet work started can be made ordinary again, which the operating system may not allow.</summary>
    public static bool CanUndo => !OperatingSystem.IsLinux() || Undoable.Value;

    private static int Quiet => Math.Min(Nicest, Ordinary + Nicer);

    /// <summary>Does work on a thread that yields to others, and waits for it. What it starts yields too until then.</summary>
    /// <returns>Its result; what it throws is thrown here.</returns>
    public static T Run<T>(Func<T> work)
    {
        var result = default(T);
        Run(() => { result = work(); });
        return result!;
    }

    /// <inheritdoc cref="Run{T}"/>
    public static void Run(Action work)
    {
        Leave();
        try
        {
            Start(work);
        }
        finally
        {
            Return();
            Undo();
        }
    }

    /// <summary>Does work on a thread that yields to others. The task ends, or fails, as the work does.</summary>
    public static Task RunAsync(Action work) => Task.Factory.StartNew(() => Run(work), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Measures something on the processors that requests will have, which are all; quiet work that does so yields as before.</summary>
    public static T OnAllProcessors<T>(Func<T> measure)
    {
        var thread = NativeThread.Current;
        if (!Working.ContainsKey(thread))
        {
            return measure();
        }

        Return();
        thread.TrySetProcessors(Processors);
        try
        {
            return measure();
        }
        finally
        {
            thread.TrySetProcessors(LeftOver);
            Leave();
        }
    }

    private static bool TryUndo()
    {
        var allowed = false;
        Start(() => allowed = NativeThread.Current.TrySetNiceness(Ordinary));
        return allowed;
    }

    private static void Start(Action work)
    {
        var failure = default(ExceptionDispatchInfo);
        var thread = new Thread(() => failure = Attempt(work)) { IsBackground = true, Name = "quiet work", Priority = ThreadPriority.BelowNormal };
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    private static ExceptionDispatchInfo? Attempt(Action work)
    {
        var thread = NativeThread.Current;
        try
        {
            Working[thread] = true;
            Calm(thread);
            RuntimeThreads.Compute(thread);
            work();
            return null;
        }
        catch (Exception thrown)
        {
            return ExceptionDispatchInfo.Capture(thrown);
        }
        finally
        {
            Working.TryRemove(thread, out _);
        }
    }

    // The pool that runs share computes for quiet work too.
    private static void Leave()
    {
        lock (Gate)
        {
            _confining++;
            KeepPoolTo(LeftOver);
        }

        // Undone with the rest.
        if (CanUndo)
        {
            foreach (var compiler in NativeThread.All.Where(static t => t.Name == Compiler))
            {
                Calm(compiler);
            }
        }
    }

    private static void Calm(NativeThread thread)
    {
        thread.TrySetNiceness(Quiet);
        thread.TrySetProcessors(LeftOver);
    }

    private static void Return()
    {
        lock (Gate)
        {
            if (--_confining == 0)
            {
                KeepPoolTo(Processors);
            }
        }
    }

    private static void KeepPoolTo(ProcessorSet processors)
    {
        foreach (var thread in RuntimeThreads.Pool)
        {
            thread.TrySetProcessors(processors);
        }
    }

    // Threads that live on: those of the session that was made, and those of the runtime's that happened to be started meanwhile.
    private static void Undo()
    {
        foreach (var thread in NativeThread.All.Where(static t => t.Niceness == Quiet && !Working.ContainsKey(t) && !RuntimeThreads.Pool.Contains(t)))
        {
            thread.TrySetNiceness(Ordinary);
            thread.TrySetProcessors(Processors);
            thread.SetSlice(TimeSpan.Zero);
        }
    }
}
