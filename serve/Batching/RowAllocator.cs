namespace Toolchain.Serve.Batching;

/// <summary>
/// Which rows of a buffer are taken. Requests get rows side by side, the lowest that are free, so that a quiet server stays within a few
/// rows of memory; when there are none they wait in line. Safe to use from many threads at once.
/// </summary>
internal sealed class RowAllocator(int rows)
{
    private readonly Lock _gate = new();
    private readonly bool[] _taken = new bool[rows];
    private readonly LinkedList<Waiter> _line = [];
    private int _takenCount;
    private Action? _whenEmpty;

    /// <summary>Takes rows.</summary>
    /// <param name="count">The number of rows, at most those of the buffer.</param>
    /// <param name="cancellationToken">Gives up the place in the line.</param>
    /// <returns>The first row; complete at once when rows are free and nobody waits.</returns>
    public ValueTask<int> TakeAsync(int count, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, rows);
        Waiter waiter;
        lock (_gate)
        {
            // Nobody overtakes: a request for many rows would otherwise wait forever behind small ones.
            if (_line.Count == 0 && Find(count) is var first and >= 0)
            {
                Mark(first, count, taken: true);
                return new(first);
            }

            waiter = new(count);
            _line.AddLast(waiter.Place);
        }

        return new(WaitAsync(waiter, cancellationToken));
    }

    /// <summary>Gives rows back, to those who wait for them first.</summary>
    public void Free(int first, int count)
    {
        Action? whenEmpty = null;
        lock (_gate)
        {
            Mark(first, count, taken: false);
            Serve();
            if (_takenCount == 0)
            {
                (whenEmpty, _whenEmpty) = (_whenEmpty, null);
            }
        }

        whenEmpty?.Invoke();
    }

    /// <summary>Calls back once, as soon as no row is taken.</summary>
    public void WhenEmpty(Action callback)
    {
        lock (_gate)
        {
            if (_takenCount > 0)
            {
                _whenEmpty = callback;
                return;
            }
        }

        callback();
    }

    private async Task<int> WaitAsync(Waiter waiter, CancellationToken cancellationToken)
    {
        using var registration = cancellationToken.UnsafeRegister(_ => GiveUp(waiter, cancellationToken), null);
        return await waiter.Granted.Task.ConfigureAwait(false);
    }

    private void GiveUp(Waiter waiter, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            // Rows that were granted in the meantime stay with the request, which frees them like any others.
            if (waiter.Place.List is null)
            {
                return;
            }

            _line.Remove(waiter.Place);
            Serve();
        }

        waiter.Granted.TrySetCanceled(cancellationToken);
    }

    private void Serve()
    {
        while (_line.First is { Value: var next } && Find(next.Count) is var first and >= 0)
        {
            _line.RemoveFirst();
            Mark(first, next.Count, taken: true);
            next.Granted.TrySetResult(first);
        }
    }

    private int Find(int count)
    {
        for (int row = 0, free = 0; row < _taken.Length; row++)
        {
            free = _taken[row] ? 0 : free + 1;
            if (free == count)
            {
                return row - count + 1;
            }
        }

        return -1;
    }

    private void Mark(int first, int count, bool taken)
    {
        _taken.AsSpan(first, count).Fill(taken);
        _takenCount += taken ? count : -count;
    }

    /// <summary>A request in the line.</summary>
    private sealed class Waiter
    {
        public Waiter(int count) => (Count, Place) = (count, new(this));

        public int Count { get; }

        public LinkedListNode<Waiter> Place { get; }

        public TaskCompletionSource<int> Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
