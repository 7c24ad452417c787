namespace Toolchain.Serve.Batching;

/// <summary>
/// The one queue of a model: the line for rows, the rows that are ready, and the forming of batches, all behind one gate that is held for
/// moments. Instances wait in <see cref="Form"/>; requests only pass through, or run a short batch themselves. Safe to use from many threads at once.
/// </summary>
internal sealed partial class LeaseQueue : IDisposable
{
    // A run blocks the thread that it is on: for so long, that of a request may be.
    private static readonly TimeSpan ShortRun = TimeSpan.FromMilliseconds(1);
    private readonly object _gate = new();
    private readonly LeaseList _line = new();
    private readonly RowMap _rows;
    private readonly ReadyRows _ready;
    private readonly RunPermits _permits;
    private readonly LatencyModel _latency = new();
    private readonly HoldPolicy _hold;
    private readonly TimeProvider _time;
    private readonly long _short;

    // Those whose threads wait for something to run.
    private readonly List<RunBatch> _idle = [];
    private RunOutcome? _end;
    private string _reason = "";
    private Action? _whenUnused;

    /// <summary>Makes an empty queue.</summary>
    /// <param name="rows">The rows of the buffer.</param>
    /// <param name="maxBatchSize">Most rows of a batch.</param>
    /// <param name="options">What decides when a batch runs.</param>
    /// <param name="permits">What limits the runs of all models.</param>
    /// <param name="time">The clock.</param>
    public LeaseQueue(int rows, int maxBatchSize, BatchOptions options, RunPermits permits, TimeProvider time)
    {
        (_rows, _ready, _permits, _time) = (new(rows), new(rows, maxBatchSize, options.PreferredBatchSizes), permits, time);
        _hold = new(options, _latency, time);
        _short = (long)(ShortRun.TotalSeconds * time.TimestampFrequency);
        _alarm = time.CreateTimer(static queue => ((LeaseQueue)queue!).Sweep(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Takes rows for a request, or puts it into the line for them; then it is told when it has them.</summary>
    /// <returns>Whether it has them now.</returns>
    public bool TakeRows(RowLease lease)
    {
        lock (_gate)
        {
            if (_end is { } end)
            {
                (lease.Failure, lease.Verdict) = (_reason, end);
                lease.Complete(end);
                return false;
            }

            // Nobody overtakes within a level: a request for many rows would otherwise wait forever behind small ones.
            if (_line.IsFirst(lease) && _rows.Take(lease.Count) is var first and >= 0)
            {
                (lease.First, lease.Next) = (first, first);
                return true;
            }

            lease.Place = LeasePlace.Line;
            _line.Add(lease);
            SetAlarm(lease.Deadline);
            return false;
        }
    }

    /// <summary>Takes a request whose client went away out of the line; rows that it got in the meantime stay with it.</summary>
    public void GiveUp(RowLease lease)
    {
        lock (_gate)
        {
            if (lease.Place == LeasePlace.Line)
            {
                LeaveLine(lease, RunOutcome.Cancelled);
                ServeLine();
            }
        }
    }

    /// <summary>Adds a request whose rows are filled.</summary>
    /// <returns>A batch that the caller must run at once, with the permission to, and then <see cref="Return"/>; null when an instance runs it on its own thread.</returns>
    public RunBatch? Hand(RowLease lease)
    {
        lock (_gate)
        {
            lease.Filled = _time.GetTimestamp();
            if (_end is { } end)
            {
                lease.Failure = _reason;
                lease.Complete(end);
                return null;
            }

            _hold.Arrived(lease.Filled, lease.Count);
            _ready.Add(lease);
            SetAlarm(lease.Deadline);
            if (Lend(lease, lease.Filled) is { } batch)
            {
                return batch;
            }

            if (_idle.Count > 0)
            {
                Monitor.PulseAll(_gate);
            }

            return null;
        }
    }

    /// <summary>Gives back the rows of a request that nobody reads any more, as soon as no run uses them.</summary>
    public void Release(RowLease lease)
    {
        Action? whenUnused = null;
        lock (_gate)
        {
            if (lease.IsReleased)
            {
                return;
            }

            lease.IsReleased = true;
            if (lease.Place == LeasePlace.Line)
            {
                LeaveLine(lease, RunOutcome.Cancelled);
            }
            else if (lease.Place == LeasePlace.Ready)
            {
                Drop(lease, RunOutcome.Cancelled);
            }

            if (lease.Underway == 0)
            {
                whenUnused = FreeRows(lease);
            }
        }

        whenUnused?.Invoke();
    }

    /// <summary>Ends the queue: no batch is formed any more, and every request that waits is told so. The first end counts.</summary>
    /// <param name="outcome">What the requests are told.</param>
    /// <param name="reason">Why, for a person.</param>
    /// <param name="running">Batches whose end need not be waited for: their requests are told too, and their rows stay taken until they return.</param>
    public void Close(RunOutcome outcome, string reason, params ReadOnlySpan<RunBatch> running)
    {
        lock (_gate)
        {
            if (_end is null)
            {
                (_end, _reason) = (outcome, reason);
            }

            while (_line.First is { } waiting)
            {
                waiting.Failure = reason;
                LeaveLine(waiting, outcome);
            }

            while (_ready.First is { } ready)
            {
                ready.Failure = reason;
                Drop(ready, outcome);
            }

            foreach (var batch in running)
            {
                foreach (var piece in batch.Pieces)
                {
                    piece.Lease.Failure = piece.Lease.IsOver ? piece.Lease.Failure : reason;
                    piece.Lease.Complete(outcome);
                }
            }

            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Calls back once, as soon as no row is taken.</summary>
    public void WhenUnused(Action callback)
    {
        lock (_gate)
        {
            if (_rows.Taken > 0)
            {
                _whenUnused = callback;
                return;
            }
        }

        callback();
    }

    /// <inheritdoc/>
    public void Dispose() => _alarm.Dispose();

    private void Drop(RowLease lease, RunOutcome outcome)
    {
        _ready.Remove(lease);
        lease.Verdict = outcome;
        if (lease.Underway == 0)
        {
            lease.Complete(outcome);
        }
    }

    private void LeaveLine(RowLease lease, RunOutcome outcome)
    {
        _line.Remove(lease);
        lease.Place = LeasePlace.Elsewhere;
        lease.Verdict = outcome;
        lease.Complete(outcome);
    }

    private void ServeLine()
    {
        while (_line.First is { } next && _rows.Take(next.Count) is var first and >= 0)
        {
            _line.Remove(next);
            next.Place = LeasePlace.Elsewhere;
            next.Grant(first);
        }
    }

    private Action? FreeRows(RowLease lease)
    {
        if (lease.First < 0)
        {
            return null;
        }

        _rows.Free(lease.First, lease.Count);
        lease.First = -1;
        ServeLine();
        if (_rows.Taken > 0)
        {
            return null;
        }

        (var callback, _whenUnused) = (_whenUnused, null);
        return callback;
    }
}
