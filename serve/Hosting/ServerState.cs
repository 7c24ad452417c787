using Toolchain.Serve.Models;

namespace Toolchain.Serve;

/// <summary>Where a server is in its life.</summary>
internal enum ServerPhase
{
    /// <summary>Models are being loaded.</summary>
    Starting,

    /// <summary>Requests are accepted.</summary>
    Serving,

    /// <summary>What was accepted is being finished.</summary>
    Stopping,
}

/// <summary>What requests need to know of the server, and how many are under way.</summary>
internal sealed class ServerState
{
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile ServedModels _models = ServedModels.None;
    private volatile ServerPhase _phase;
    private int _underWay;

    /// <summary>The models; none before they are loaded.</summary>
    public ServedModels Models => _models;

    /// <summary>Where the server is in its life.</summary>
    public ServerPhase Phase => _phase;

    /// <summary>Requests that were accepted and not finished.</summary>
    public int UnderWay => Volatile.Read(ref _underWay);

    /// <summary>The models are loaded.</summary>
    public void Own(ServedModels models) => _models = models;

    /// <summary>Requests are accepted from now on.</summary>
    public void Serve() => _phase = ServerPhase.Serving;

    /// <summary>No more requests are accepted.</summary>
    /// <returns>Ends when those that were accepted are finished.</returns>
    public Task StopAccepting()
    {
        _phase = ServerPhase.Stopping;
        if (UnderWay == 0)
        {
            _idle.TrySetResult();
        }

        return _idle.Task;
    }

    /// <summary>Accepts a request; <see cref="End"/> must follow when the result is true.</summary>
    public bool TryBegin()
    {
        // Counted before the phase is looked at, so that a server that saw nothing under way has not missed it.
        Interlocked.Increment(ref _underWay);
        if (_phase == ServerPhase.Serving)
        {
            return true;
        }

        End();
        return false;
    }

    /// <summary>A request that was accepted is finished.</summary>
    public void End()
    {
        if (Interlocked.Decrement(ref _underWay) == 0 && _phase == ServerPhase.Stopping)
        {
            _idle.TrySetResult();
        }
    }
}
