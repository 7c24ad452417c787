using Toolchain.Registry;
using Toolchain.Runtime;
using Toolchain.Serve.Metrics;

namespace Toolchain.Serve.Models;

/// <summary>Loads, replaces and unloads models while the server runs: as the registry changes, and as clients ask. One change happens at a time.</summary>
internal sealed class ModelControl(ServeOptions options, ModelLoader loader, ServerState state, LoadStatistics loads, TimeProvider time, ILogger<ModelControl> logger) : IAsyncDisposable
{
    // Whoever holds the gate owns the follower.
    private readonly ModelFollower _follower = new(options, loader, state, loads, time, logger);
    private readonly SemaphoreSlim _gate = new(1);
    private readonly CancellationTokenSource _stop = new();
    private Task _watch = Task.CompletedTask;
    private bool _disposed;

    /// <summary>Loads what the options ask for, and follows the registry from then on unless they say otherwise.</summary>
    /// <exception cref="ToolchainException">A reference means nothing, the device is not there, or no model could be loaded.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        NativeHeap.KeepTogether();
        RuntimeDevices.Resolve(options.Device);
        await AloneAsync(
            () =>
            {
                _follower.Read();
                CheckReferences();
                return _follower.FollowAsync(null, cancellationToken);
            },
            cancellationToken).ConfigureAwait(false);
        if (!options.ModelControl && !state.Models.Loaded.Any())
        {
            throw new ToolchainException(
                ErrorKind.BadInput, $"None of the models can be served:{string.Concat(state.Models.All.OfType<RefusedModel>().Select(static r => $"{Environment.NewLine}  {r}: {r.Problem}"))}");
        }

        // Beside the first requests rather than before them.
        _ = OwnThread.RunAsync(FreedMemory.GiveBackAtOnce);
        if (options.Watch)
        {
            var watch = new RegistryWatch(options.Models, options.PollInterval, logger);
            _watch = Task.Run(() => watch.RunAsync(() => RefreshAsync(_stop.Token), _stop.Token), CancellationToken.None);
        }
    }

    /// <summary>Reads the registry again, and serves what the references mean now.</summary>
    public Task RefreshAsync(CancellationToken cancellationToken) => AloneAsync(
        () =>
        {
            _follower.Read();
            return _follower.FollowAsync(null, cancellationToken);
        },
        cancellationToken);

    /// <summary>Loads a model, also one that was unloaded or refused before, and follows it from then on.</summary>
    /// <param name="name"><c>name</c>, <c>name:3</c> or <c>name@alias</c>.</param>
    /// <param name="cancellationToken">Gives up waiting for other changes; a load that has begun goes on.</param>
    /// <exception cref="ToolchainException">Clients may not (<see cref="ErrorKind.Unavailable"/>), it is not there (<see cref="ErrorKind.NotFound"/>), or it is refused (<see cref="ErrorKind.BadInput"/>).</exception>
    public Task LoadAsync(string name, CancellationToken cancellationToken)
    {
        var reference = Allowed(name);
        return AloneAsync(
            async () =>
            {
                _follower.Resolve(reference);
                _follower.Read();
                _follower.Followed.Ask(reference);
                await _follower.FollowAsync(reference.Name, _stop.Token).ConfigureAwait(false);
                CheckLoaded(reference);
            },
            cancellationToken);
    }

    /// <summary>Unloads all versions of a model. Requests that are under way are finished; it is not loaded again before somebody asks for it.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="cancellationToken">Gives up waiting for other changes.</param>
    /// <exception cref="ToolchainException">Clients may not (<see cref="ErrorKind.Unavailable"/>), or it is not there (<see cref="ErrorKind.NotFound"/>).</exception>
    public Task UnloadAsync(string name, CancellationToken cancellationToken)
    {
        var reference = Allowed(name);
        if (reference is not { Version: null, Alias: null })
        {
            throw new ToolchainException(ErrorKind.Usage, $"'{reference}' cannot be unloaded alone: unload '{reference.Name}', all its versions, and load those that are wanted.");
        }

        return AloneAsync(
            () =>
            {
                state.Models.Find(reference);
                _follower.Followed.Unload(reference.Name);
                return _follower.FollowAsync(reference.Name, _stop.Token);
            },
            cancellationToken);
    }

    /// <summary>The versions that are loaded, refused, coming or going, and the models of the registry of which none is; by name and version. Reads no disk.</summary>
    public IReadOnlyList<ModelState> Index()
    {
        var models = state.Models;
        var states = new Dictionary<(string, string), ModelState>();
        foreach (var each in _follower.Absent
            .Concat(_follower.Leaving.All.Select(static m => new ModelState(m.Name, m.VersionText, ModelStatus.Unloading, "its last requests are being answered")))
            .Concat(models.All.OfType<RefusedModel>().Select(static m => new ModelState(m.Name, m.VersionText, ModelStatus.Unavailable, m.Problem)))
            .Concat(LoadingState())
            .Concat(models.Loaded.Select(m => new ModelState(m.Name, m.VersionText, m.Batcher.Fault is null ? ModelStatus.Ready : ModelStatus.Unavailable, models.ProblemOf(m) ?? ""))))
        {
            states[(each.Name, each.Version)] = each;
        }

        return [.. states.Values.OrderBy(static s => s.Name, StringComparer.Ordinal).ThenBy(static s => s.Version.Length).ThenBy(static s => s.Version, StringComparer.Ordinal)];
    }

    /// <summary>Follows the registry no more, and loads nothing more.</summary>
    /// <returns>Ends when the load at hand has ended.</returns>
    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _watch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await AloneAsync(static () => Task.CompletedTask, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Gives all models back, whether or not requests are under way.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true))
        {
            return;
        }

        await StopAsync().ConfigureAwait(false);
        foreach (var model in state.Models.Loaded.Concat(_follower.Leaving.All))
        {
            await model.GiveBackAsync().ConfigureAwait(false);
        }

        _gate.Dispose();
        _stop.Dispose();
    }

    private ModelReference Allowed(string name) => options.ModelControl ? ModelReference.Parse(name) : throw new ToolchainException(
        ErrorKind.Unavailable, "explicit model load / unload is not allowed: this server was started without --model-control explicit");

    private async Task AloneAsync(Func<Task> change, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // It begins with reading the registry, from whatever disk that is on.
            await OwnThread.RunAsync(change).Unwrap().ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    private IEnumerable<ModelState> LoadingState() => _follower.Loading is { } loading
        ? [new(loading.Name, loading.Version.ToString(System.Globalization.CultureInfo.InvariantCulture), ModelStatus.Loading, "")]
        : [];

    private void CheckLoaded(ModelReference reference)
    {
        var meant = ModelSelection.Choose(_follower.Listings, reference);
        if (meant is null || !_follower.Followed.Serving.TryGetValue(reference, out var serving) || serving.Version != meant.Version)
        {
            var problem = _follower.Followed.Refused.FirstOrDefault(r => r.Key == (reference.Name, meant?.Version ?? FollowedModels.NoVersion))?.Problem;
            throw new ToolchainException(ErrorKind.BadInput, $"Model '{reference}' was not loaded. {problem}".TrimEnd());
        }
    }

    private void CheckReferences()
    {
        var references = _follower.Followed.References(_follower.Listings);
        if (references.Count == 0 && !options.ModelControl)
        {
            throw new ToolchainException(
                ErrorKind.NotFound, $"Registry '{options.Models}' has no exported model. Train and export one (train run, export onnx), or name another registry with --models.");
        }

        var missing = new List<string>();
        foreach (var reference in references.Where(r => ModelSelection.Choose(_follower.Listings, r) is null))
        {
            try
            {
                _follower.Registry.Resolve(reference);
            }
            catch (ToolchainException problem) when (problem.Kind is ErrorKind.NotFound)
            {
                missing.Add(problem.Message);
            }
            catch (ToolchainException problem)
            {
                _follower.Refuse(new(reference.Name, reference.Version ?? FollowedModels.NoVersion, null, problem.Message), "");
            }
        }

        if (missing.Count > 0)
        {
            throw new ToolchainException(ErrorKind.NotFound, string.Join(Environment.NewLine, missing));
        }
    }
}
