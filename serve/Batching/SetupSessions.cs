using Toolchain.Runtime;

namespace Toolchain.Serve.Batching;

/// <summary>
/// The sessions of one model file, loaded as setups ask for them. Runs without threads of their own, and runs in the shared pool, share a session
/// and its weights; others have a session each. Whoever makes it disposes it, or takes what it needs out first.
/// </summary>
/// <param name="open">Loads the file.</param>
/// <param name="device">Where it runs.</param>
/// <param name="pool">The threads of the shared pool; 0 where it cannot be used.</param>
internal sealed class SetupSessions(Func<SessionSpec, ModelSession> open, DeviceSpec device, int pool) : IDisposable
{
    private readonly Dictionary<ThreadSetup, ModelSession[]> _loaded = [];

    /// <summary>Whether sessions of a setup start threads of their own.</summary>
    public bool StartsThreads(ThreadSetup setup) => setup.Threads > 1 && !UsesPool(setup);

    /// <summary>A session for each instance.</summary>
    /// <exception cref="ToolchainException">ONNX Runtime refuses the file, or the device is not there.</exception>
    public IReadOnlyList<ModelSession> For(ThreadSetup setup)
    {
        var key = Key(setup);
        if (!_loaded.TryGetValue(key, out var sessions))
        {
            sessions = new ModelSession[key.Instances];
            _loaded.Add(key, sessions);
            for (var i = 0; i < sessions.Length; i++)
            {
                sessions[i] = Load(setup);
            }
        }

        return sessions.Length == setup.Instances ? sessions : [.. Enumerable.Repeat(sessions[0], setup.Instances)];
    }

    /// <summary>The sessions of a setup, which belong to the caller now.</summary>
    public IReadOnlyList<ModelSession> Take(ThreadSetup setup)
    {
        var sessions = For(setup);
        _loaded.Remove(Key(setup));
        return sessions;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var session in _loaded.Values.SelectMany(static s => s))
        {
            session?.Dispose();
        }

        _loaded.Clear();
    }

    private ThreadSetup Key(ThreadSetup setup) => IsShared(setup) ? setup with { Instances = 1 } : setup;

    private bool UsesPool(ThreadSetup setup) => setup.Threads > 1 && setup.Threads == pool;

    private bool IsShared(ThreadSetup setup) => setup.Threads == 1 || UsesPool(setup) || device.Kind == DeviceKind.Cuda;

    private ModelSession Load(ThreadSetup setup) => open(new() { Device = device, Threads = setup.Threads, SharesPool = UsesPool(setup) });
}
