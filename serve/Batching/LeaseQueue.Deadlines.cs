namespace Toolchain.Serve.Batching;

/// <content>Deadlines: requests that are late are told so on time, also while every instance is busy.</content>
internal sealed partial class LeaseQueue
{
    private readonly ITimer _alarm;
    private long _alarmAt = long.MaxValue;

    // At a deadline, or when a batch has waited long enough.
    private void Sweep()
    {
        lock (_gate)
        {
            _alarmAt = long.MaxValue;
            var now = _time.GetTimestamp();
            var next = Math.Min(
                Expire(_line.First, now, static (queue, lease, outcome) => queue.LeaveLine(lease, outcome)),
                Expire(_ready.First, now, static (queue, lease, outcome) => queue.Drop(lease, outcome)));
            ServeLine();
            SetAlarm(next);
            Monitor.PulseAll(_gate);
        }
    }

    // Takes what must not run any more out of a list; gives the first deadline of what stays.
    private long Expire(RowLease? first, long now, Action<LeaseQueue, RowLease, RunOutcome> takeOut)
    {
        var next = long.MaxValue;
        for (var lease = first; lease is not null;)
        {
            var after = lease.After;
            if (lease.Unwanted(now) is { } outcome)
            {
                takeOut(this, lease, outcome);
            }
            else
            {
                next = Math.Min(next, lease.Deadline);
            }

            lease = after;
        }

        return next;
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
