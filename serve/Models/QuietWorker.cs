using System.Runtime.ExceptionServices;
using Toolchain.Runtime;

namespace Toolchain.Serve.Models;

/// <summary>A thread that does one piece of work after the other, and sleeps between them as long as the process lives. Whoever gives it work waits for its end.</summary>
internal sealed class QuietWorker
{
    // Monitor.Wait needs an object of its own.
    private readonly object _gate = new();
    private Action? _work;

    /// <summary>Starts the thread.</summary>
    /// <param name="settle">Gives it its settings.</param>
    public QuietWorker(Action<NativeThread> settle) =>
        new Thread(() => Work(settle)) { IsBackground = true, Name = "quiet work", Priority = ThreadPriority.BelowNormal }.Start();

    /// <summary>What the last work threw.</summary>
    public ExceptionDispatchInfo? Failure { get; private set; }

    /// <summary>Gives it work.</summary>
    public void Begin(Action work)
    {
        lock (_gate)
        {
            _work = work;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits for the end of the work, about so long.</summary>
    /// <returns>Whether it has ended.</returns>
    public bool Wait(TimeSpan limit)
    {
        lock (_gate)
        {
            if (_work is not null)
            {
                Monitor.Wait(_gate, limit);
            }

            return _work is null;
        }
    }

    private void Work(Action<NativeThread> settle)
    {
        settle(NativeThread.Current);
        while (true)
        {
            var failure = Attempt(Next());
            lock (_gate)
            {
                (Failure, _work) = (failure, null);
                Monitor.PulseAll(_gate);
            }
        }
    }

    private Action Next()
    {
        lock (_gate)
        {
            while (_work is null)
            {
                Monitor.Wait(_gate);
            }

            return _work;
        }
    }

    private static ExceptionDispatchInfo? Attempt(Action work)
    {
        try
        {
            work();
            return null;
        }
        catch (Exception thrown)
        {
            return ExceptionDispatchInfo.Capture(thrown);
        }
    }
}
