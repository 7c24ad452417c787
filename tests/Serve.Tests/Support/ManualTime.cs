namespace Toolchain.Serve.Tests.Support;

/// <summary>A clock that stands still until it is moved; its timers fire on the thread that moves it.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private long _now = TimeSpan.TicksPerDay;

    /// <summary>Whether each look at the clock moves it by its smallest step, so that what happens one after another can be told apart.</summary>
    public bool IsTicking { get; init; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => IsTicking ? Interlocked.Increment(ref _now) : Volatile.Read(ref _now);

    public override DateTimeOffset GetUtcNow() => new(DateTime.UnixEpoch.AddTicks(GetTimestamp()), TimeSpan.Zero);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        lock (_gate)
        {
            _timers.Add(timer);
        }

        return timer;
    }

    private TimeSpan UntilNext
    {
        get
        {
            lock (_gate)
            {
                return TimeSpan.FromTicks(_timers.Min(static t => t.Due) - Volatile.Read(ref _now));
            }
        }
    }

    /// <summary>Waits until a timer is set that fires within this time: whoever sets one does so by the clock as it is before it is moved.</summary>
    public Task TimerAsync(TimeSpan within) => Eventually.Async(() => UntilNext <= within);

    /// <summary>Moves on, and fires what is due.</summary>
    public void Advance(TimeSpan time)
    {
        Interlocked.Add(ref _now, time.Ticks);
        List<ManualTimer> due;
        lock (_gate)
        {
            due = [.. _timers.Where(t => t.TakeDue(Volatile.Read(ref _now)))];
        }

        due.ForEach(static t => t.Fire());
    }

    private sealed class ManualTimer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        private long _due = long.MaxValue;
        private TimeSpan _period;

        public long Due => _due;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate)
            {
                _period = period;
                _due = dueTime == Timeout.InfiniteTimeSpan ? long.MaxValue : time.GetTimestamp() + dueTime.Ticks;
            }

            return true;
        }

        public bool TakeDue(long now)
        {
            var isDue = now >= _due;
            _due = !isDue ? _due : _period == Timeout.InfiniteTimeSpan ? long.MaxValue : now + _period.Ticks;
            return isDue;
        }

        public void Fire() => callback(state);

        public void Dispose()
        {
            lock (time._gate)
            {
                time._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
