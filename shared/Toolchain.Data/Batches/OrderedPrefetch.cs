using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace Toolchain.Data;

/// <summary>
/// Prepares numbered items on background threads and hands them out in order, never more than a bound ahead. A failure is thrown to the
/// consumer in its item's place. Disposing stops the threads and disposes what was not taken.
/// </summary>
internal sealed class OrderedPrefetch<T> : IDisposable
    where T : class, IDisposable
{
    private readonly object _gate = new();
    private readonly int _total;
    private readonly Func<int, T> _prepare;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenRegistration _wakeOnCancel;
    private readonly Outcome[] _ring;
    private readonly Thread[] _threads;
    private int _started;
    private int _taken;
    private bool _stopping;

    public OrderedPrefetch(int total, int workers, int ahead, Func<int, T> prepare, CancellationToken cancellation)
    {
        (_total, _prepare, _cancellation, _ring) = (total, prepare, cancellation, new Outcome[ahead]);
        _wakeOnCancel = cancellation.Register(Wake);
        _threads = [.. Enumerable.Range(0, Math.Min(workers, total)).Select(number => new Thread(Work) { IsBackground = true, Name = $"batches {number}" })];
        foreach (var thread in _threads)
            thread.Start();
    }

    /// <summary>How long the last <see cref="Next"/> stood waiting.</summary>
    public TimeSpan LastWait { get; private set; }

    /// <summary>The next item in order, or null after the last one.</summary>
    public T? Next()
    {
        Outcome outcome;
        lock (_gate)
        {
            _cancellation.ThrowIfCancellationRequested();
            if (_taken == _total)
                return null;

            ref var slot = ref _ring[_taken % _ring.Length];
            LastWait = TimeSpan.Zero;
            if (slot.IsEmpty)
                WaitFor(ref slot);
            (outcome, slot) = (slot, default);
            _taken++;
            Monitor.PulseAll(_gate);
        }

        outcome.Failure?.Throw();
        return outcome.Item;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.PulseAll(_gate);
        }

        foreach (var thread in _threads)
            thread.Join();
        _wakeOnCancel.Dispose();
        foreach (var outcome in _ring)
            outcome.Item?.Dispose();
    }

    private void WaitFor(ref Outcome slot)
    {
        var since = Stopwatch.GetTimestamp();
        while (slot.IsEmpty)
        {
            Monitor.Wait(_gate);
            _cancellation.ThrowIfCancellationRequested();
        }

        LastWait = Stopwatch.GetElapsedTime(since);
    }

    private void Work()
    {
        while (Claim() is { } number)
        {
            var outcome = Attempt(number);
            lock (_gate)
            {
                _ring[number % _ring.Length] = outcome;
                Monitor.PulseAll(_gate);
            }
        }
    }

    private int? Claim()
    {
        lock (_gate)
        {
            while (!_stopping && _started < _total && _started - _taken >= _ring.Length)
                Monitor.Wait(_gate);
            return _stopping || _cancellation.IsCancellationRequested || _started == _total ? null : _started++;
        }
    }

    private Outcome Attempt(int number)
    {
        try
        {
            return new(_prepare(number), null);
        }
        catch (Exception e)
        {
            // Whatever it is, it belongs to the consumer: thrown there, it unwinds the right loop.
            return new(null, ExceptionDispatchInfo.Capture(e));
        }
    }

    private void Wake()
    {
        lock (_gate)
            Monitor.PulseAll(_gate);
    }

    private readonly record struct Outcome(T? Item, ExceptionDispatchInfo? Failure)
    {
        public bool IsEmpty => Item is null && Failure is null;
    }
}
