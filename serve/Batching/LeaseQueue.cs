namespace Toolchain.Serve.Batching;

/// <summary>
/// The one queue of a model: the line for rows, the rows that are ready, and the forming of batches, all behind one gate that is held for
/// moments. Instances wait in <see cref="Form"/>; requests only pass through. Safe to use from many threads at once.
/// </summary>
internal sealed class LeaseQueue : IDisposable
{
    private readonly object _gate = new();
    private readonly LeaseList _line = new();
    private readonly RowMap _rows;
    private readonly ReadyRows _ready;
    private readonly RunPermits _permits;
    private readonly LatencyModel _latency = new();
    private readonly HoldPolicy _hold;
    private readonly TimeProvider _time;
    private readonly ITimer _alarm;
    private long _alarmAt = long.MaxValue;
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
    public void Hand(RowLease lease)
    {
        lock (_gate)
        {
            lease.Filled = _time.GetTimestamp();
            if (_end is { } end)
            {
                lease.Failure = _reason;
                lease.Complete(end);
                return;
            }

            _hold.Arrived(lease.Filled, lease.Count);
            _ready.Add(lease);
            SetAlarm(lease.Deadline);
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Waits for the next batch, and for the permission to run it.</summary>
    /// <param name="batch">Receives it.</param>
    /// <returns>False when there will be none any more.</returns>
    public bool Form(RunBatch batch)
    {
        for (var permitted = false; ; permitted = true)
        {
            lock (_gate)
            {
                while (_end is null)
                {
                    var now = _time.GetTimestamp();
                    var until = Pick(now, batch);
                    if (until <= now)
                    {
                        if (!permitted && !_permits.TryEnter())
                        {
                            break;
                        }

                        Take(batch, now);
                        return true;
                    }

                    if (permitted)
                    {
                        _permits.Exit();
                        permitted = false;
                    }

                    SetAlarm(until);
                    Monitor.Wait(_gate);
                }

                if (_end is not null)
                {
                    if (permitted)
                    {
                        _permits.Exit();
                    }

                    return false;
                }
            }

            // Other models have all permits; meanwhile the batch grows.
            _permits.Enter();
        }
    }

    /// <summary>A whole batch ran.</summary>
    public void Finish(RunBatch batch, long ended)
    {
        lock (_gate)
        {
            _latency.Learn(batch.Count, ended - batch.Began);
            foreach (var piece in batch.Pieces)
            {
                End(piece, ended, "");
            }
        }
    }

    /// <summary>A part of a batch ran alone, or nothing of it will.</summary>
    /// <param name="piece">Whose rows.</param>
    /// <param name="ended">When; a timestamp.</param>
    /// <param name="failure">Why the model failed on it; empty when it did not.</param>
    public void Finish(Piece piece, long ended, string failure)
    {
        lock (_gate)
        {
            End(piece, ended, failure);
        }
    }

    /// <summary>A run that cost so much was seen outside of the queue.</summary>
    public void Learn(int rows, long ticks)
    {
        lock (_gate)
        {
            _latency.Learn(rows, ticks);
        }
    }

    /// <summary>Whether a request that arrives now cannot make the latency target.</summary>
    public bool IsHopeless(int rows, int ahead, int maxBatchSize, int instances)
    {
        lock (_gate)
        {
            return _hold.IsHopeless(rows, ahead, maxBatchSize, instances);
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

    /// <summary>Chooses the next batch.</summary>
    /// <returns>When it may run; <see cref="long.MaxValue"/> when there is none.</returns>
    private long Pick(long now, RunBatch batch)
    {
        while (_ready.First is not null)
        {
            var closed = _ready.Pick();
            if (DropUnwanted(now))
            {
                continue;
            }

            batch.ClosedBy = closed;
            if (closed is not ClosedBy.Idle)
            {
                return now;
            }

            var until = _hold.Until(_ready.Picks, _ready.PickedRows, out var reason);
            batch.ClosedBy = reason;
            return until;
        }

        return long.MaxValue;
    }

    // Whether a request of the batch that was picked must not run; it is told.
    private bool DropUnwanted(long now)
    {
        foreach (var lease in _ready.Picks)
        {
            if (Unwanted(lease, now) is { } outcome)
            {
                Drop(lease, outcome);
                return true;
            }
        }

        return false;
    }

    // The latency target decides only until a request begins: the first part of a request that was split has been paid for.
    private RunOutcome? Unwanted(RowLease lease, long now) => lease.Unwanted(now) ?? (lease.Next == lease.First && _hold.IsLost(lease, now) ? RunOutcome.Expired : null);

    private void Take(RunBatch batch, long now)
    {
        batch.Began = now;
        _ready.Take(batch);
        foreach (var piece in batch.Pieces)
        {
            piece.Lease.Begin(batch);
        }

        if (_ready.First is not null)
        {
            Monitor.Pulse(_gate);
        }
    }

    private void End(Piece piece, long ended, string failure)
    {
        var lease = piece.Lease;
        lease.Underway--;
        lease.Ended = ended;
        if (failure.Length > 0 && lease.Verdict == RunOutcome.Completed)
        {
            (lease.Failure, lease.Verdict) = (failure, RunOutcome.Failed);
            if (lease.Place == LeasePlace.Ready)
            {
                _ready.Remove(lease);
            }
        }

        if (lease.Underway > 0 || lease.Place == LeasePlace.Ready)
        {
            return;
        }

        lease.Complete(lease.Verdict);
        if (lease.IsReleased)
        {
            // Outside of the gate it may take its time: it gives the memory of the whole model back.
            if (FreeRows(lease) is { } whenUnused)
            {
                ThreadPool.UnsafeQueueUserWorkItem(static callback => callback(), whenUnused, preferLocal: false);
            }
        }
    }

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

    // At a deadline, or when a batch has waited long enough.
    private void Sweep()
    {
        lock (_gate)
        {
            _alarmAt = long.MaxValue;
            var now = _time.GetTimestamp();
            var next = long.MaxValue;
            for (var lease = _line.First; lease is not null;)
            {
                var after = lease.After;
                if (lease.Unwanted(now) is { } outcome)
                {
                    LeaveLine(lease, outcome);
                }
                else
                {
                    next = Math.Min(next, lease.Deadline);
                }

                lease = after;
            }

            for (var lease = _ready.First; lease is not null;)
            {
                var after = lease.After;
                if (lease.Unwanted(now) is { } outcome)
                {
                    Drop(lease, outcome);
                }
                else
                {
                    next = Math.Min(next, lease.Deadline);
                }

                lease = after;
            }

            ServeLine();
            SetAlarm(next);
            Monitor.PulseAll(_gate);
        }
    }

    private void SetAlarm(long at)
    {
        if (at >= _alarmAt)
        {
            return;
        }

        // Timers have a resolution of a millisecond; a deadline has passed once it is over.
        _alarmAt = at;
        var due = _time.GetElapsedTime(_time.GetTimestamp(), at).TotalMilliseconds;
        _alarm.Change(TimeSpan.FromMilliseconds(Math.Clamp(Math.Floor(due) + 1, 1, int.MaxValue)), Timeout.InfiniteTimeSpan);
    }
}
