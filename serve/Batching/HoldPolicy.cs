namespace Toolchain.Serve.Batching;

/// <summary>
/// How long a batch that could run waits for more rows: not at all, unless a delay or a latency target is set. With a target it waits as long as
/// that pays, in the sense of <see cref="LatencyModel"/>, and the oldest request still makes it. Not for use from several threads.
/// </summary>
/// <param name="options">The delay and the target.</param>
/// <param name="latency">What a run costs, in timestamp ticks.</param>
/// <param name="time">The clock.</param>
internal sealed class HoldPolicy(BatchOptions options, LatencyModel latency, TimeProvider time)
{
    // Of the target: what is left over pays for the response.
    private const double Usable = 0.9;
    private const double Smoothing = 0.1;
    private readonly long _delay = Ticks(options.MaxQueueDelay, time);
    private readonly long _target = options.LatencyTarget is { } target ? Ticks(target, time) : 0;
    private long _lastArrival;
    private double _interval = double.PositiveInfinity;

    /// <summary>A request has been handed over.</summary>
    public void Arrived(long now, int rows)
    {
        var interval = _lastArrival == 0 ? double.PositiveInfinity : (now - _lastArrival) / (double)rows;
        _interval = double.IsFinite(_interval) ? _interval + (Smoothing * (interval - _interval)) : interval;
        _lastArrival = now;
    }

    /// <summary>The time at which a batch runs if nothing is added to it, a timestamp; in the past when at once.</summary>
    /// <param name="picks">Its requests, the one that is served first at the front.</param>
    /// <param name="rows">Its rows, fewer than the most.</param>
    /// <param name="reason">Why then.</param>
    public long Until(IReadOnlyList<RowLease> picks, int rows, out ClosedBy reason)
    {
        reason = ClosedBy.Delay;
        var until = Delayed(picks[0], rows);
        if (until == 0)
        {
            reason = ClosedBy.Idle;
            return 0;
        }

        for (var i = 0; i < picks.Count; i++)
        {
            if (Latest(picks[i], rows) is var latest && latest < until)
            {
                (until, reason) = (latest, ClosedBy.Deadline);
            }
        }

        return until;
    }

    /// <summary>Whether a request has waited so long that it cannot make the latency target even if it runs now. A target that no request makes is no reason: the model would never be seen to recover.</summary>
    public bool IsLost(RowLease lease, long now) => _target > 0 && latency.Of(lease.Count) is var needed && needed <= _target && now + needed > lease.Entered + _target;

    /// <summary>Whether a request that arrives now cannot make the latency target, because of those ahead of it.</summary>
    /// <param name="rows">Its rows.</param>
    /// <param name="ahead">The rows that wait already.</param>
    /// <param name="maxBatchSize">Most rows of a batch.</param>
    /// <param name="instances">Batches that run at the same time.</param>
    public bool IsHopeless(int rows, int ahead, int maxBatchSize, int instances)
    {
        var all = rows + ahead;
        var rounds = Math.Max(1, (all + (maxBatchSize * instances) - 1) / (maxBatchSize * instances));
        return _target > 0 && ahead > 0 && rounds * latency.Of(Math.Min(all, maxBatchSize)) > _target;
    }

    private long Delayed(RowLease oldest, int rows)
    {
        if (_delay > 0)
        {
            return oldest.Filled + _delay;
        }

        // Every row that waits pays for the wait, and the row that comes saves a run's fixed cost: more than that is never worth waiting.
        var worth = latency.PerRun / rows;
        return _target > 0 && _interval <= worth ? oldest.Filled + (long)worth : 0;
    }

    private long Latest(RowLease lease, int rows)
    {
        var needed = (long)latency.Of(rows + 1);
        var deadline = lease.Deadline == long.MaxValue ? long.MaxValue : lease.Deadline - needed;
        return _target > 0 ? Math.Min(deadline, lease.Entered + (long)(_target * Usable) - needed) : deadline;
    }

    private static long Ticks(TimeSpan span, TimeProvider time) => (long)(span.TotalSeconds * time.TimestampFrequency);
}
