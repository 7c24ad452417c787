using Toolchain.Registry;
using Toolchain.Serve.Http;
using Toolchain.Serve.Models;

namespace Toolchain.Serve;

/// <summary>Where a server is in its life.</summary>
internal enum ServerPhase
{
    /// <summary>Models are being loaded.</summary>
    Starting,

    /// <summary>Requests are accepted.</summary>
    Serving,

    /// <summary>Requests are still accepted, and whoever asks whether the server is ready is told to send them elsewhere.</summary>
    Leaving,

    /// <summary>What was accepted is being finished.</summary>
    Stopping,
}

/// <summary>What requests need to know of the server, and how many are under way.</summary>
internal sealed class ServerState
{
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile ServedModels _models = ServedModels.None;
    private volatile ServerPhase _phase;
    private volatile TaskCompletionSource _phaseEnd = NewPhaseEnd();
    private int _underWay;

    /// <summary>The models at this moment; none before they are loaded.</summary>
    public ServedModels Models => _models;

    /// <summary>Where the server is in its life.</summary>
    public ServerPhase Phase => _phase;

    /// <summary>Ends when the phase does. Whoever takes it before looking at <see cref="Phase"/> misses no change.</summary>
    public Task PhaseEnd => _phaseEnd.Task;

    /// <summary>Requests that were accepted and not finished.</summary>
    public int UnderWay => Volatile.Read(ref _underWay);

    /// <summary>Puts other models in the place of those there were, at once; versions that are not among them are given up afterwards, not before.</summary>
    public void Publish(ServedModels models) => _models = models;

    /// <summary>The version that answers a request of the protocol, which the caller disposes: until then it is not given up.</summary>
    /// <param name="model">A name, or a reference such as <c>name@alias</c>.</param>
    /// <param name="version">The version number as text; null for the one that <paramref name="model"/> means.</param>
    /// <exception cref="RequestException">It is not known (404), could not be loaded (400), or is given up with the server (503). The texts begin as Triton's do.</exception>
    public ModelUse Use(string model, string? version)
    {
        while (true)
        {
            var models = _models;
            if (TryUse(models.Served(model, version), models) is { } use)
            {
                return use;
            }
        }
    }

    /// <summary>The version that a reference means, which the caller disposes: until then it is not given up.</summary>
    /// <param name="reference"><c>name</c>, <c>name:3</c> or <c>name@alias</c>.</param>
    /// <exception cref="ToolchainException">It is not a reference (<see cref="ErrorKind.Usage"/>), or it is not served (<see cref="ErrorKind.NotFound"/>).</exception>
    /// <exception cref="RequestException">It could not be loaded (400), or is given up with the server (503).</exception>
    public ModelUse Use(string reference)
    {
        while (true)
        {
            var models = _models;
            var entry = models.Lookup(reference) ?? models.Find(ModelReference.Parse(reference));
            if (TryUse(ServedModels.Ready(entry), models) is { } use)
            {
                return use;
            }
        }
    }

    /// <summary>Requests are accepted from now on.</summary>
    public void Serve() => Enter(ServerPhase.Serving);

    /// <summary>Readiness fails from now on, and requests are still accepted.</summary>
    public void Leave()
    {
        if (_phase == ServerPhase.Serving)
        {
            Enter(ServerPhase.Leaving);
        }
    }

    /// <summary>No more requests are accepted.</summary>
    /// <returns>Ends when those that were accepted are finished.</returns>
    public Task StopAccepting()
    {
        Enter(ServerPhase.Stopping);
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
        if (_phase is ServerPhase.Serving or ServerPhase.Leaving)
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

    private static TaskCompletionSource NewPhaseEnd() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Enter(ServerPhase phase)
    {
        _phase = phase;
        Interlocked.Exchange(ref _phaseEnd, NewPhaseEnd()).SetResult();
    }

    // A version is given up only after others were published: whoever comes too late finds those.
    private ModelUse? TryUse(ServedModel model, ServedModels found) => model.Uses.TryEnter() ? new(model)
        : found != _models ? null
        : throw new RequestException(StatusCodes.Status503ServiceUnavailable, ErrorResult.StoppingText);
}
