namespace Toolchain.Serve.Batching;

/// <content>Batches: which requests run together, and when; and what follows from a run.</content>
internal sealed partial class LeaseQueue
{
    /// <summary>Waits for the next batch, and for the permission to run it.</summary>
    /// <param name="batch">Receives it.</param>
    /// <returns>False when there will be none any more.</returns>
    public bool Form(RunBatch batch)
    {
        for (var permitted = false; ; permitted = true)
        {
            lock (_gate)
            {
                while (_end is null || batch.IsLent)
                {
                    _idle.Remove(batch);
                    var now = _time.GetTimestamp();
                    var until = batch.IsLent ? long.MaxValue : Pick(now, batch);
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

                    if (!batch.IsLent)
                    {
                        SetAlarm(until);
                        _idle.Add(batch);
                    }

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

    /// <summary>Takes back a batch that <see cref="Hand"/> lent, after its run.</summary>
    public void Return(RunBatch batch)
    {
        lock (_gate)
        {
            batch.IsLent = false;
            if (_end is null && _ready.First is null)
            {
                // Its thread sleeps on.
                _idle.Add(batch);
                return;
            }

            Monitor.PulseAll(_gate);
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

        if (_ready.First is not null && _idle.Count > 0)
        {
            Monitor.PulseAll(_gate);
        }
    }

    // The batch of an instance that is idle, when its run would be over before the instance's own thread had woken up and told the request's.
    private RunBatch? Lend(RowLease lease, long now)
    {
        if (_idle.Count == 0 || !_latency.IsKnown || _latency.Of(lease.Count) > _short || !_permits.TryEnter())
        {
            return null;
        }

        var batch = _idle[^1];
        if (Pick(now, batch) > now)
        {
            _permits.Exit();
            return null;
        }

        _idle.Remove(batch);
        batch.IsLent = true;
        Take(batch, now);
        return batch;
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
}
