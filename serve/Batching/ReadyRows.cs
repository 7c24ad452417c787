namespace Toolchain.Serve.Batching;

/// <summary>
/// Requests whose rows are filled, in the order in which they are served, and found by their rows. A batch is the first of them and what lies
/// beside it in the buffer: so nothing is moved, and rows that are still being decoded, however slowly, only lie outside of the batch. Of a
/// request that is larger than a batch the first rows make a batch of their own. Not for use from several threads.
/// </summary>
/// <param name="rows">The rows of the buffer.</param>
/// <param name="maxBatchSize">Most rows of a batch.</param>
/// <param name="preferred">Sizes that a batch has if it can.</param>
internal sealed class ReadyRows(int rows, int maxBatchSize, IReadOnlyList<int> preferred)
{
    private readonly LeaseList _order = new();
    private readonly RowLease?[] _startingAt = new RowLease?[rows + 1];
    private readonly RowLease?[] _endingAt = new RowLease?[rows + 1];
    private readonly List<RowLease> _picks = new(maxBatchSize);
    private int _first;
    private int _end;

    /// <summary>The requests that the last <see cref="Pick"/> chose; the one that is served first comes first.</summary>
    public IReadOnlyList<RowLease> Picks => _picks;

    /// <summary>The rows that the last <see cref="Pick"/> chose.</summary>
    public int PickedRows => _end - _first;

    /// <summary>The request that is served first; null when there is none.</summary>
    public RowLease? First => _order.First;

    /// <summary>Adds a request.</summary>
    public void Add(RowLease lease)
    {
        lease.Place = LeasePlace.Ready;
        _order.Add(lease);
        (_startingAt[lease.Next], _endingAt[lease.End]) = (lease, lease);
    }

    /// <summary>Takes a request out.</summary>
    public void Remove(RowLease lease)
    {
        lease.Place = LeasePlace.Elsewhere;
        _order.Remove(lease);
        (_startingAt[lease.Next], _endingAt[lease.End]) = (null, null);
    }

    /// <summary>Chooses the next batch and leaves it where it is; there must be a request.</summary>
    /// <returns>Whether it is full, of a preferred size, or (<see cref="ClosedBy.Idle"/>) just what there is.</returns>
    public ClosedBy Pick()
    {
        var oldest = _order.First!;
        _picks.Clear();
        _picks.Add(oldest);
        (_first, _end) = (oldest.Next, Math.Min(oldest.End, oldest.Next + maxBatchSize));
        var best = (Size: 0, Picks: 0, First: 0, End: 0);
        while (true)
        {
            if (IsPreferred(PickedRows))
            {
                best = (PickedRows, _picks.Count, _first, _end);
            }

            if (Neighbour() is not { } next)
            {
                break;
            }

            _picks.Add(next);
            (_first, _end) = (Math.Min(_first, next.Next), Math.Max(_end, next.End));
        }

        if (PickedRows == maxBatchSize)
        {
            return ClosedBy.Full;
        }

        if (best.Size == 0)
        {
            return ClosedBy.Idle;
        }

        // The rows beyond the preferred size stay for the next batch.
        _picks.RemoveRange(best.Picks, _picks.Count - best.Picks);
        (_first, _end) = (best.First, best.End);
        return ClosedBy.Preferred;
    }

    /// <summary>Moves what was picked into a batch.</summary>
    public void Take(RunBatch batch)
    {
        batch.Pieces.Clear();
        (batch.First, batch.Count) = (_first, PickedRows);
        foreach (var lease in _picks)
        {
            var (first, count) = (lease.Next, Math.Min(lease.End - lease.Next, maxBatchSize));
            Remove(lease);
            lease.Next += count;
            if (lease.Next < lease.End)
            {
                Add(lease);
            }

            lease.Underway++;
            batch.Pieces.Add(new(lease, first, count));
        }
    }

    // Of those on both sides that fit, the one that is served first.
    private RowLease? Neighbour()
    {
        var (right, left) = (Fitting(_startingAt[_end]), Fitting(_endingAt[_first]));
        return left is null || right?.Order <= left.Order ? right : left;
    }

    private RowLease? Fitting(RowLease? lease) => lease is not null && lease.End - lease.Next <= maxBatchSize - PickedRows ? lease : null;

    private bool IsPreferred(int size)
    {
        for (var i = 0; i < preferred.Count; i++)
        {
            if (preferred[i] == size)
            {
                return true;
            }
        }

        return false;
    }
}
