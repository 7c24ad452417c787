using Toolchain.Registry;

namespace Toolchain.Serve.Models;

/// <summary>
/// What is followed, and the version that answers each reference until the next one is ready. Belongs to one task at a time.
/// </summary>
/// <param name="asked">What the server was started with; when empty, what the registry implies.</param>
internal sealed class FollowedModels(IReadOnlyList<ModelReference> asked)
{
    /// <summary>The number of a version that a reference means and that is not there.</summary>
    public const int NoVersion = 0;

    private readonly bool _implied = asked.Count == 0;
    private readonly List<ModelReference> _asked = [.. asked];
    private readonly HashSet<string> _unloaded = new(StringComparer.Ordinal);
    private readonly Dictionary<ModelReference, ServedModel> _serving = [];
    private readonly Dictionary<(string Name, int Version), (RefusedModel Model, string Stamp)> _refused = [];

    /// <summary>The version that answers each reference.</summary>
    public IReadOnlyDictionary<ModelReference, ServedModel> Serving => _serving;

    /// <summary>The versions that could not be loaded although a reference means them.</summary>
    public IEnumerable<RefusedModel> Refused => _refused.Values.Select(static r => r.Model);

    /// <summary>What is followed.</summary>
    /// <param name="listings">The registry's list.</param>
    public IReadOnlyList<ModelReference> References(IReadOnlyList<ModelListing> listings)
    {
        // An implied alias that was removed is not followed any more; a model that is gone altogether, as when the registry cannot be reached, ends nothing.
        var kept = _serving.Keys.Where(r => ModelSelection.Choose(listings, r) is not null || !listings.Any(l => l.Name == r.Name));
        var implied = _implied ? ModelSelection.Implied(listings).Where(r => !_unloaded.Contains(r.Name)) : [];
        return [.. implied.Union(_asked).Union(kept)];
    }

    /// <summary>Whether a model was unloaded and nobody asked for it since.</summary>
    public bool IsUnloaded(string name) => _unloaded.Contains(name);

    /// <summary>Follows a reference that somebody asks for.</summary>
    public void Ask(ModelReference reference)
    {
        if (reference is { Version: null, Alias: null })
        {
            _unloaded.Remove(reference.Name);
        }

        if (!_asked.Contains(reference))
        {
            _asked.Add(reference);
        }

        ForgetRefusals(reference.Name);
    }

    /// <summary>Follows no version of a model any more.</summary>
    public void Unload(string name)
    {
        _unloaded.Add(name);
        _asked.RemoveAll(r => r.Name == name);
        foreach (var reference in _serving.Keys.Where(r => r.Name == name).ToList())
        {
            _serving.Remove(reference);
        }

        ForgetRefusals(name);
    }

    /// <summary>Whether the version that a reference means now answers it already, or one that it must not fall behind.</summary>
    public bool IsServing(ModelReference reference, ModelListing chosen)
    {
        if (!_serving.TryGetValue(reference, out var current))
        {
            return false;
        }

        // A bare name never goes back by itself: that a version is gone is no reason to answer with an older one. An alias says which it is.
        var isOlder = reference is { Version: null, Alias: null } && (chosen.Version < current.Version || !ModelSelection.IsExported(chosen));
        return isOlder || ModelSelection.IsLoaded(current, chosen);
    }

    /// <summary>The version, when it is loaded for another reference.</summary>
    public ServedModel? Loaded(ModelListing chosen) => _serving.Values.FirstOrDefault(served => ModelSelection.IsLoaded(served, chosen));

    /// <summary>Whether a version was refused, and looks as it did then.</summary>
    public bool WasRefused(ModelListing chosen, string stamp) => _refused.TryGetValue((chosen.Name, chosen.Version), out var refused) && refused.Stamp == stamp;

    /// <summary>A version answers a reference from now on.</summary>
    /// <returns>The one that did before; null when there was none.</returns>
    public ServedModel? Answer(ModelReference reference, ServedModel model)
    {
        var former = _serving.GetValueOrDefault(reference);
        _serving[reference] = model;
        _refused.Remove(model.Key);
        _refused.Remove((model.Name, NoVersion));
        return former;
    }

    /// <summary>A version could not be loaded.</summary>
    /// <returns>Whether that was not known.</returns>
    public bool Refuse(RefusedModel model, string stamp)
    {
        var known = _refused.TryGetValue(model.Key, out var before) && before.Model.Problem == model.Problem;
        _refused[model.Key] = (model, stamp);
        return !known;
    }

    /// <summary>Drops what is not followed any more, and refusals of versions that no reference means any more.</summary>
    public void Prune(IReadOnlyList<ModelReference> references, IReadOnlyList<ModelListing> listings)
    {
        foreach (var reference in _serving.Keys.Except(references).ToList())
        {
            _serving.Remove(reference);
        }

        var meant = references.Select(r => ModelSelection.Choose(listings, r)).OfType<ModelListing>()
            .Concat(ModelSelection.Unreadable(listings, references))
            .Select(static l => (l.Name, l.Version))
            .ToHashSet();
        foreach (var key in _refused.Keys.Where(key => key.Version != NoVersion && !meant.Contains(key)).ToList())
        {
            _refused.Remove(key);
        }
    }

    private void ForgetRefusals(string name)
    {
        foreach (var key in _refused.Keys.Where(key => key.Name == name).ToList())
        {
            _refused.Remove(key);
        }
    }
}
