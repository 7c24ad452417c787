namespace Toolchain.Serve.Batching;

/// <summary>
/// How many runs of all models go on at the same time, so that their threads stay within one budget. Whoever waits is served in the order of
/// arrival, so that a busy model does not keep the others out. Safe to use from many threads at once.
/// </summary>
/// <param name="runs">Most runs at the same time, at least 1.</param>
internal sealed class RunPermits(int runs)
{
    private readonly object _gate = new();
    private int _free = runs;
    private long _nextTicket;
    private long _nextServed;

    /// <summary>How many wait for a permit.</summary>
    public long Waiting
    {
        get
        {
            lock (_gate)
            {
                return _nextTicket - _nextServed;
            }
        }
    }

    /// <summary>Takes a permit, if there is one and nobody waits for it.</summary>
    public bool TryEnter()
    {
        lock (_gate)
        {
            if (_free == 0 || _nextServed < _nextTicket)
            {
                return false;
            }

            _free--;
            return true;
        }
    }

    /// <summary>Waits for a permit.</summary>
    public void Enter()
    {
        lock (_gate)
        {
            var ticket = _nextTicket++;
            while (_free == 0 || ticket != _nextServed)
            {
                Monitor.Wait(_gate);
            }

            _nextServed++;
            _free--;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Gives a permit back.</summary>
    public void Exit()
    {
        lock (_gate)
        {
            _free++;
            Monitor.PulseAll(_gate);
        }
    }
}
