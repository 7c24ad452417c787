using System.Collections.Concurrent;
using Toolchain.Runtime;

namespace Toolchain.Serve.Models;

/// <summary>
/// Work that must not disturb requests: threads of its own that get what processor time they leave, and leave the first processor to them. Linux has such settings for each thread
/// (sched(7)), which threads that it starts inherit: it starts none that live on where that cannot be undone, and completes no tasks, whose continuations might.
/// </summary>
internal static class QuietThread
{
    // A tenth of the processor time of a thread that wants the same core.
    private const int Nicer = 10;
    private const int Nicest = 19;

    // The runtime's thread that compiles again what is called often, which a load causes; of its name the system keeps so much.
    private const string Compiler = ".NET Tiered Com";
    private static readonly TimeSpan CompilerInterval = TimeSpan.FromMilliseconds(50);
    private static readonly int Ordinary = NativeThread.Current.Niceness;
    private static readonly ProcessorSet Processors = NativeThread.Current.Processors;
    private static readonly ProcessorSet LeftOver = Processors.Count > 1 ? Processors.WithoutFirst() : Processors;
    private static readonly Lazy<bool> Undoable = new(TryUndo);
    private static readonly ConcurrentBag<QuietWorker> Idle = [];
    private static readonly ConcurrentDictionary<NativeThread, bool> Workers = new();
    private static readonly Lock Gate = new();
    private static int _confining;
    private static int _working;

    /// <summary>Whether threads that quiet work started can be made ordinary again, which the operating system may not allow.</summary>
    public static bool CanUndo => !OperatingSystem.IsLinux() || Undoable.Value;

    /// <summary>The processors that quiet work has.</summary>
    public static int ProcessorCount => OperatingSystem.IsLinux() ? LeftOver.Count : Environment.ProcessorCount;

    private static int Quiet => Math.Min(Nicest, Ordinary + Nicer);

    /// <summary>Does work on a thread that yields to others, and waits for it. What it starts yields too until then. Quiet work does it itself.</summary>
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
        if (Workers.ContainsKey(NativeThread.Current))
        {
            work();
            return;
        }

        // A thread that is there already runs where it may; a new one would begin beside the requests.
        var worker = Idle.TryTake(out var idle) ? idle : new QuietWorker(Settle);
        var known = new HashSet<NativeThread>();
        CalmCompiler(known);
        Interlocked.Increment(ref _working);
        worker.Begin(() =>
        {
            Leave();
            try
            {
                work();
            }
            finally
            {
                Return();
            }
        });
        while (!worker.Wait(CompilerInterval))
        {
            CalmCompiler(known);
        }

        // What other quiet work started yields until that has ended too.
        if (Interlocked.Decrement(ref _working) == 0)
        {
            Undo();
        }

        var failure = worker.Failure;
        Idle.Add(worker);
        failure?.Throw();
    }

    /// <summary>Does work on a thread that yields to others. The task ends, or fails, as the work does.</summary>
    public static Task RunAsync(Action work) => OwnThread.RunAsync(() => Run(work));

    private static bool TryUndo()
    {
        var allowed = false;
        var thread = new Thread(() => allowed = NativeThread.Current.TrySetNiceness(Quiet) && NativeThread.Current.TrySetNiceness(Ordinary)) { IsBackground = true };
        thread.Start();
        thread.Join();
        return allowed;
    }

    private static void Settle(NativeThread thread)
    {
        Workers[thread] = true;
        RuntimeThreads.Compute(thread);
        Calm(thread);
    }

    private static void Calm(NativeThread thread)
    {
        thread.TrySetNiceness(Quiet);
        thread.TrySetProcessors(LeftOver);
    }

    // It may be started while the work lasts, and compiles for a while after it; then it ends by itself, and the next one is as any other thread.
    private static void CalmCompiler(HashSet<NativeThread> known)
    {
        foreach (var compiler in NativeThread.All.Where(known.Add).Where(static t => t.Name == Compiler))
        {
            Calm(compiler);
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
        foreach (var thread in NativeThread.All.Where(static t => t.Niceness == Quiet && !Workers.ContainsKey(t) && !RuntimeThreads.Pool.Contains(t) && t.Name != Compiler))
        {
            thread.TrySetNiceness(Ordinary);
            thread.TrySetProcessors(Processors);
            thread.SetSlice(TimeSpan.Zero);
        }
    }
}
