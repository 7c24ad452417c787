using System.Collections.Concurrent;
using System.Collections.Immutable;
using Toolchain.Registry;
using Toolchain.Runtime;
using Toolchain.Serve.Metrics;

namespace Toolchain.Serve.Models;

/// <summary>
/// Loads, replaces and unloads versions, one at a time. Each reference that is served keeps the version that answers it until the next one is loaded, checked and
/// warmed; then the set of models is replaced at once, and what is no longer in it is given up when its last request has ended.
/// </summary>
internal sealed class ModelControl(ServeOptions options, ModelLoader loader, ServerState state, LoadStatistics loads, TimeProvider time, ILogger<ModelControl> logger) : IAsyncDisposable
{
    private readonly ModelRegistry _registry = new(options.Models, time);
    private readonly SemaphoreSlim _gate = new(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<ServedModel, Task> _leaving = new(ReferenceEqualityComparer.Instance);

    // These belong to whoever holds the gate.
    private readonly List<ModelReference> _asked = [.. options.Model];
    private readonly Dictionary<ModelReference, ServedModel> _serving = [];
    private readonly Dictionary<(string Name, int Version), (RefusedModel Model, string Stamp)> _refused = [];
    private readonly HashSet<string> _unloaded = new(StringComparer.Ordinal);
    private IReadOnlyList<ModelListing> _listings = [];

    private volatile ModelVersion? _loading;
    private volatile ImmutableList<ModelState> _absent = [];
    private Task _watch = Task.CompletedTask;

    /// <summary>Loads what the options ask for, and follows the registry from then on if they say so.</summary>
    /// <exception cref="ToolchainException">A reference means nothing, the device is not there, or no model could be loaded.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        RuntimeDevices.Resolve(options.Device);
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            _listings = _registry.List();
            CheckReferences();
            await FollowAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }

        CheckServing();
        if (options.Watch)
        {
            _watch = Task.Run(() => new RegistryWatch(options.Models, options.PollInterval, logger).RunAsync(() => RefreshAsync(_stop.Token), _stop.Token), CancellationToken.None);
        }
    }

    /// <summary>Reads the registry again, and serves what the references mean now.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            _listings = _registry.List();
            await FollowAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Loads a model, also one that was unloaded or refused before, and follows it from then on.</summary>
    /// <param name="name"><c>name</c>, <c>name:3</c> or <c>name@alias</c>.</param>
    /// <param name="cancellationToken">Gives up waiting; a version that is being loaded is loaded to the end.</param>
    /// <exception cref="ToolchainException">Clients may not (<see cref="ErrorKind.Unavailable"/>), it is not there (<see cref="ErrorKind.NotFound"/>), or it is refused (<see cref="ErrorKind.BadInput"/>).</exception>
    public async Task LoadAsync(string name, CancellationToken cancellationToken)
    {
        var reference = Allowed(name);
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var version = _registry.Resolve(reference);
            _listings = _registry.List();
            _unloaded.Remove(reference.Name);
            _refused.Remove((version.Name, version.Version));
            if (!Followed().Contains(reference))
            {
                _asked.Add(reference);
            }

            await FollowAsync(_stop.Token).ConfigureAwait(false);
            if (!_serving.ContainsKey(reference) || _refused.ContainsKey((version.Name, version.Version)))
            {
                throw new ToolchainException(ErrorKind.BadInput, $"Model '{reference}' was not loaded. {_refused.GetValueOrDefault((version.Name, version.Version)).Model?.Problem}".TrimEnd());
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Unloads all versions of a model. Requests that are under way are finished; it is not loaded again before somebody asks for it.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="cancellationToken">Gives up waiting for a load that is under way.</param>
    /// <exception cref="ToolchainException">Clients may not (<see cref="ErrorKind.Unavailable"/>), or it is not loaded (<see cref="ErrorKind.NotFound"/>).</exception>
    public async Task UnloadAsync(string name, CancellationToken cancellationToken)
    {
        var reference = Allowed(name);
        if (reference is not { Version: null, Alias: null })
        {
            throw new ToolchainException(ErrorKind.Usage, $"Model '{reference}' cannot be unloaded: all versions of a model are, by its name '{reference.Name}'.");
        }

        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            state.Models.Find(reference);
            _unloaded.Add(reference.Name);
            await FollowAsync(_stop.Token).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>The versions that are loaded, refused, coming or going, and the models of the registry that are not loaded; by name and version. Reads no disk.</summary>
    public IReadOnlyList<ModelState> Index()
    {
        var models = state.Models;
        var states = new Dictionary<(string, string), ModelState>();
        foreach (var absent in _absent)
        {
            states[(absent.Name, absent.Version)] = absent;
        }

        foreach (var leaving in _leaving.Keys)
        {
            states[(leaving.Name, leaving.VersionText)] = new(leaving.Name, leaving.VersionText, ModelStatus.Unloading, "its last requests are being answered");
        }

        if (_loading is { } loading)
        {
            var version = loading.Version.ToString(System.Globalization.CultureInfo.InvariantCulture);
            states[(loading.Name, version)] = new(loading.Name, version, ModelStatus.Loading, "");
        }

        foreach (var entry in models.All)
        {
            states[(entry.Name, entry.VersionText)] = new(entry.Name, entry.VersionText, entry is ServedModel ? ModelStatus.Ready : ModelStatus.Unavailable, models.ProblemOf(entry) ?? "");
        }

        return [.. states.Values.OrderBy(static s => s.Name, StringComparer.Ordinal).ThenBy(static s => s.Version.Length).ThenBy(static s => s.Version, StringComparer.Ordinal)];
    }

    /// <summary>Follows the registry no more, and loads nothing more.</summary>
    /// <returns>Ends when the load at hand has ended.</returns>
    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _watch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _gate.WaitAsync().ConfigureAwait(false);
        _gate.Release();
    }

    /// <summary>Gives all models up, whether or not requests are under way.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        foreach (var model in state.Models.Loaded.Concat(_leaving.Keys))
        {
            await model.Batcher.DisposeAsync().ConfigureAwait(false);
        }

        _gate.Dispose();
        _stop.Dispose();
    }

    private ModelReference Allowed(string name) => options.ModelControl ? ModelReference.Parse(name) : throw new ToolchainException(
        ErrorKind.Unavailable, "explicit model load / unload is not allowed: this server was started without --model-control explicit");

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        var references = Followed();
        foreach (var gone in _serving.Keys.Except(references).ToList())
        {
            _serving.Remove(gone);
        }

        foreach (var reference in references)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (ModelSelection.Choose(_listings, reference) is { } chosen && !IsServing(reference, chosen))
            {
                await ReplaceAsync(reference, chosen).ConfigureAwait(false);
            }
        }

        Forget(references);
        Publish(references);
    }

    // What was implied once stays: an alias that is removed, or a registry that cannot be reached, ends nothing that is served.
    private List<ModelReference> Followed() =>
        [.. (_asked.Count > 0 ? _asked : ModelSelection.Implied(_listings)).Union(_serving.Keys).Where(r => !_unloaded.Contains(r.Name))];

    private bool IsServing(ModelReference reference, ModelListing chosen) =>
        _serving.TryGetValue(reference, out var current)
        && (IsSame(current, chosen) || (reference is { Version: null, Alias: null } && chosen.Version < current.Version) || chosen.Manifest?.Served() is null);

    private async Task ReplaceAsync(ModelReference reference, ModelListing chosen)
    {
        if (_serving.Values.FirstOrDefault(served => IsSame(served, chosen)) is { } loaded)
        {
            Answer(reference, loaded);
            return;
        }

        var stamp = RegistryStamp.OfVersion(Path.Combine(options.Models, chosen.Name, chosen.Version.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        if (_refused.TryGetValue((chosen.Name, chosen.Version), out var refused) && refused.Stamp == stamp)
        {
            return;
        }

        switch (await LoadAsync(chosen).ConfigureAwait(false))
        {
            case ServedModel served:
                _refused.Remove(served.Key);
                Answer(reference, served);
                loads.Loaded(served.Name);
                logger.ModelLoaded(served.ToString(), Math.Round(served.LoadDuration.TotalMilliseconds, 1));
                Publish(Followed());
                break;
            case RefusedModel problem:
                _refused[problem.Key] = (problem, stamp);
                loads.Refused(problem.Name);
                logger.ModelRefused(problem.ToString(), problem.Problem);
                break;
            case var other:
                throw new InvalidOperationException($"{other} is neither served nor refused.");
        }
    }

    private async Task<ModelEntry> LoadAsync(ModelListing chosen)
    {
        try
        {
            _loading = _registry.Resolve(ModelReference.To(chosen.Name, chosen.Version));
            return await loader.LoadAsync(_loading, quietly: state.Phase != ServerPhase.Starting).ConfigureAwait(false);
        }
        catch (ToolchainException problem)
        {
            return new RefusedModel(chosen.Name, chosen.Version, chosen.Manifest, problem.Message);
        }
        finally
        {
            _loading = null;
        }
    }

    private void Answer(ModelReference reference, ServedModel model)
    {
        if (_serving.TryGetValue(reference, out var former))
        {
            logger.ModelSwapped(reference.ToString(), model.ToString(), former.ToString());
        }

        _serving[reference] = model;
    }

    // A refusal is of interest only as long as the version is what a reference means.
    private void Forget(IEnumerable<ModelReference> references)
    {
        var unreadable = ModelSelection.Unreadable(_listings, references).ToList();
        var wanted = references.Select(r => ModelSelection.Choose(_listings, r)).OfType<ModelListing>().Select(static l => (l.Name, l.Version)).Concat(unreadable.Select(static u => u.Key)).ToHashSet();
        foreach (var key in _refused.Keys.Where(key => !wanted.Contains(key) && key.Version > 0).ToList())
        {
            _refused.Remove(key);
        }

        foreach (var model in unreadable)
        {
            if (!_refused.TryGetValue(model.Key, out var known) || known.Model.Problem != model.Problem)
            {
                logger.ModelRefused(model.ToString(), model.Problem);
            }

            _refused[model.Key] = (model, "");
        }
    }

    private void Publish(IReadOnlyCollection<ModelReference> references)
    {
        var former = state.Models;
        var served = _serving.Values.Distinct<ServedModel>(ReferenceEqualityComparer.Instance).ToList();
        var notes = served.Select(m => (m.Key, Note: NoteOf(m))).Where(static n => n.Note is not null).ToImmutableDictionary(static n => n.Key, static n => n.Note!);
        foreach (var (key, note) in notes)
        {
            if (served.First(m => m.Key == key) is var model && former.ProblemOf(model) != note)
            {
                logger.ModelNoted(model.ToString(), note);
            }
        }

        var keys = served.Select(static m => m.Key).ToHashSet();
        var refused = _refused.Values.Select(static r => r.Model).Where(r => !keys.Contains(r.Key) && !_unloaded.Contains(r.Name));
        state.Publish(new([.. served, .. refused], Aliases(references), notes));
        _absent = [.. Absent([.. state.Models.All.Select(static e => e.Name)])];
        foreach (var model in former.Loaded.Except(served, ReferenceEqualityComparer.Instance).Cast<ServedModel>())
        {
            _leaving[model] = Task.Run(() => GiveUpAsync(model), CancellationToken.None);
        }
    }

    // Several versions of one number may be served by different references while one of them cannot be replaced; there is one at most of each kind.
    private string? NoteOf(ServedModel model) =>
        _refused.TryGetValue(model.Key, out var refused) ? $"What the registry has under its number now could not be loaded, and the version before it is served. {refused.Model.Problem}"
        : _listings.FirstOrDefault(l => (l.Name, l.Version) == model.Key) is not { } listing ? "It is no longer in the registry; it is served until another version takes its place or the server ends."
        : listing.Manifest is null ? $"It cannot be read from the registry any more; what was loaded is served. {listing.Problem}"
        : null;

    // An alias that is followed means the version that answers it, until the next one is ready.
    private ImmutableDictionary<(string Name, string Alias), int> Aliases(IEnumerable<ModelReference> references)
    {
        var aliases = _listings.SelectMany(static l => l.Aliases.Select(alias => ((l.Name, alias), l.Version))).ToImmutableDictionary(static a => a.Item1, static a => a.Version).ToBuilder();
        foreach (var reference in references)
        {
            if (reference.Alias is { } alias && _serving.TryGetValue(reference, out var model))
            {
                aliases[(reference.Name, alias)] = model.Version;
            }
        }

        return aliases.ToImmutable();
    }

    private IEnumerable<ModelState> Absent(HashSet<string> known) =>
        from model in _listings.GroupBy(static l => l.Name)
        where !known.Contains(model.Key)
        let highest = model.LastOrDefault(ModelSelection.IsExported) ?? model.Last()
        select new ModelState(model.Key, highest.Version.ToString(System.Globalization.CultureInfo.InvariantCulture), ModelStatus.Unavailable, _unloaded.Contains(model.Key) ? "unloaded" : "not loaded");

    private async Task GiveUpAsync(ServedModel model)
    {
        try
        {
            await model.Uses.EndAsync().ConfigureAwait(false);
            await model.Batcher.DisposeAsync().ConfigureAwait(false);
            loads.Unloaded(model.Name);
            logger.ModelUnloaded(model.ToString());
        }
        catch (Exception defect)
        {
            logger.UnloadFailed(defect, model.ToString());
        }
        finally
        {
            _leaving.TryRemove(model, out _);
            NativeHeap.Trim();
        }
    }

    private static bool IsSame(ServedModel model, ModelListing listing) =>
        model.Key == (listing.Name, listing.Version) && listing.Manifest?.Served()?.Sha256 == model.Manifest!.Served()?.Sha256;

    private void CheckReferences()
    {
        var missing = new List<string>();
        foreach (var reference in _asked.Where(r => ModelSelection.Choose(_listings, r) is null))
        {
            try
            {
                _registry.Resolve(reference);
            }
            catch (ToolchainException problem) when (problem.Kind is ErrorKind.NotFound)
            {
                missing.Add(problem.Message);
            }
            catch (ToolchainException problem)
            {
                var model = new RefusedModel(reference.Name, reference.Version ?? 0, null, problem.Message);
                logger.ModelRefused(reference.ToString(), problem.Message);
                _refused[model.Key] = (model, "");
            }
        }

        if (missing.Count > 0)
        {
            throw new ToolchainException(ErrorKind.NotFound, string.Join(Environment.NewLine, missing));
        }

        if (_listings.Count == 0 && _refused.Count == 0 && !options.ModelControl)
        {
            throw new ToolchainException(
                ErrorKind.NotFound, $"Registry '{options.Models}' has no exported model. Train and export one (train run, export onnx), or name another registry with --models.");
        }
    }

    private void CheckServing()
    {
        if (!options.ModelControl && !state.Models.Loaded.Any())
        {
            throw new ToolchainException(
                ErrorKind.BadInput, $"None of the models can be served:{string.Concat(state.Models.All.OfType<RefusedModel>().Select(static r => $"{Environment.NewLine}  {r}: {r.Problem}"))}");
        }
    }
}
