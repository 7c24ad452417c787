namespace Toolchain.Serve.Batching;

/// <summary>
/// Requests whose rows are filled, in the order of their arrival, and found by their rows. A batch is the oldest of them and what lies
/// beside it in the buffer: so nothing is moved, and rows that are still being decoded, however slowly, only lie outside of the batch.
/// Belongs to the owner task alone.
/// </summary>
internal sealed class ReadyRows(int rows, int maxBatchSize)
{
    private readonly Queue<RowLease> _order = new();
    private readonly RowLease?[] _startingAt = new RowLease?[rows + 1];
    private readonly RowLease?[] _endingAt = new RowLease?[rows + 1];

    /// <summary>The number of rows that are ready.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a request.</summary>
    public void Add(RowLease lease)
    {
        _order.Enqueue(lease);
        _startingAt[lease.First] = lease;
        _endingAt[lease.End] = lease;
        Count += lease.Count;
    }

    /// <summary>The oldest request that is still wanted, or null; those before it that are not are dropped.</summary>
    public RowLease? Oldest(long now)
    {
        while (_order.TryPeek(out var lease))
        {
            if (_startingAt[lease.First] == lease && Wanted(lease, now))
            {
                return lease;
            }

            _order.Dequeue();
        }

        return null;
    }

    /// <summary>Takes out the next batch.</summary>
    /// <param name="now">The time, for deadlines.</param>
    /// <param name="batch">Receives the requests, in no order; empty when nothing is ready.</param>
    /// <returns>The first row and the number of rows.</returns>
    public (int First, int Count) Form(long now, List<RowLease> batch)
    {
        batch.Clear();
        if (Oldest(now) is not { } oldest)
        {
            return (0, 0);
        }

        var (first, end) = (oldest.First, oldest.End);
        Take(oldest, batch);
        while (_startingAt[end] is { } next && end - first + next.Count <= maxBatchSize && Wanted(next, now))
        {
            Take(next, batch);
            end = next.End;
        }

        while (_endingAt[first] is { } previous && end - first + previous.Count <= maxBatchSize && Wanted(previous, now))
        {
            Take(previous, batch);
            first = previous.First;
        }

        return (first, end - first);
    }

    /// <summary>Takes out everything.</summary>
    public void Drain(List<RowLease> all)
    {
        all.Clear();
        foreach (var lease in _order)
        {
            if (_startingAt[lease.First] == lease)
            {
                all.Add(lease);
                Forget(lease);
            }
        }

        _order.Clear();
    }

    private bool Wanted(RowLease lease, long now)
    {
        if (lease.Unwanted(now) is not { } outcome)
        {
            return true;
        }

        Forget(lease);
        lease.Complete(outcome);
        return false;
    }

    private void Take(RowLease lease, List<RowLease> batch)
    {
        Forget(lease);
        batch.Add(lease);
    }

    private void Forget(RowLease lease)
    {
        (_startingAt[lease.First], _endingAt[lease.End]) = (null, null);
        Count -= lease.Count;
    }
}
