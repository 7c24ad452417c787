using System.Collections.Frozen;
using System.Collections.Immutable;
using Toolchain.Registry;
using Toolchain.Serve.Http;

namespace Toolchain.Serve.Models;

/// <summary>The models of a server at one moment, with what aliases meant then. Immutable: looking up takes no lock and never touches a disk.</summary>
internal sealed class ServedModels
{
    private readonly FrozenDictionary<string, ModelEntry[]> _byName;
    private readonly FrozenDictionary<string, ModelEntry> _byReference;
    private readonly ImmutableDictionary<(string Name, string Alias), int> _aliases;
    private readonly ImmutableDictionary<(string Name, int Version), string> _notes;

    /// <summary>A set of models.</summary>
    /// <param name="entries">The versions that were asked for.</param>
    /// <param name="aliases">The versions that aliases mean, whether or not they are among the entries.</param>
    /// <param name="notes">What a person should know of versions that are served nevertheless.</param>
    public ServedModels(
        IEnumerable<ModelEntry> entries, ImmutableDictionary<(string Name, string Alias), int> aliases, ImmutableDictionary<(string Name, int Version), string> notes)
    {
        _byName = entries.GroupBy(static e => e.Name).ToFrozenDictionary(static g => g.Key, static g => g.OrderBy(static e => e.Version).ToArray());
        All = [.. _byName.Values.SelectMany(static versions => versions).OrderBy(static e => e.Name, StringComparer.Ordinal).ThenBy(static e => e.Version)];
        (_aliases, _notes) = (aliases, notes);
        _byReference = References().ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>No models yet.</summary>
    public static ServedModels None { get; } = new([], ImmutableDictionary<(string, string), int>.Empty, ImmutableDictionary<(string, int), string>.Empty);

    /// <summary>All of them, by name and version.</summary>
    public IReadOnlyList<ModelEntry> All { get; }

    /// <summary>Those that answer requests, by name and version.</summary>
    public IEnumerable<ServedModel> Loaded => All.OfType<ServedModel>();

    /// <summary>The version itself when it answers requests.</summary>
    /// <exception cref="RequestException">It could not be loaded (400).</exception>
    /// <exception cref="ToolchainException">It hangs or fails on everything (<see cref="ErrorKind.Unavailable"/>).</exception>
    public static ServedModel Ready(ModelEntry entry) => entry switch
    {
        ServedModel { Batcher.Fault: { } fault } => throw new ToolchainException(ErrorKind.Unavailable, fault),
        ServedModel served => served,
        RefusedModel refused => throw RequestException.Bad($"Model version not ready: {refused} was refused. {refused.Problem}"),
        _ => throw new ArgumentOutOfRangeException(nameof(entry), entry, "Unknown kind of model."),
    };

    /// <summary>The aliases that mean a version.</summary>
    public IEnumerable<string> AliasesOf(ModelEntry entry) => _aliases
        .Where(alias => alias.Key.Name == entry.Name && alias.Value == entry.Version)
        .Select(static alias => alias.Key.Alias)
        .Order(StringComparer.Ordinal);

    /// <summary>What is wrong with a version: why it is not served, or what a person should know although it is; null when there is nothing.</summary>
    public string? ProblemOf(ModelEntry entry) => (entry as RefusedModel)?.Problem ?? (entry as ServedModel)?.Batcher.Fault ?? _notes.GetValueOrDefault((entry.Name, entry.Version));

    /// <summary>The versions of a model, refused ones included; none when the name is not known.</summary>
    public IReadOnlyList<ModelEntry> Versions(string name) => _byName.GetValueOrDefault(name) ?? [];

    /// <summary>The version that a reference means; null when it is not one, or is not known.</summary>
    public ModelEntry? Lookup(string reference) => _byReference.GetValueOrDefault(reference);

    /// <summary>A version by its protocol name.</summary>
    /// <param name="model">The model's name, or a reference such as <c>name@alias</c>.</param>
    /// <param name="version">The version number as text; null for the version that <paramref name="model"/> means.</param>
    /// <returns>Null when there is none.</returns>
    public ModelEntry? Find(string model, string? version) => version is null
        ? Lookup(model)
        : _byName.TryGetValue(model, out var versions) ? Array.Find(versions, e => e.VersionText == version) : null;

    /// <summary>The version that answers a request of the protocol.</summary>
    /// <exception cref="RequestException">It is not known (404), or could not be loaded (400). The texts begin as Triton's do.</exception>
    public ServedModel Served(string model, string? version) => Ready(Find(model, version)
        ?? throw new RequestException(StatusCodes.Status404NotFound, $"Request for unknown model: '{model}'{(version is null ? "" : $" version {version}")} is not found"));

    /// <summary>The version that a reference means.</summary>
    /// <exception cref="ToolchainException">It is not served; the message says what is (<see cref="ErrorKind.NotFound"/>).</exception>
    public ModelEntry Find(ModelReference reference) => Lookup(reference.ToString()) ?? throw new ToolchainException(
        ErrorKind.NotFound,
        $"Model '{reference}' is not served here. {(All.Count == 0 ? "No model is." : $"Served: {string.Join(", ", All.Select(static e => e.ToString()))}.")}");

    // A bare name is the highest version that answers requests, not one that was refused.
    private IEnumerable<KeyValuePair<string, ModelEntry>> References()
    {
        foreach (var (name, versions) in _byName)
        {
            yield return new(name, Array.FindLast(versions, static e => e is ServedModel) ?? versions[^1]);
        }

        foreach (var entry in All)
        {
            yield return new(entry.ToString(), entry);
        }

        foreach (var ((name, alias), version) in _aliases)
        {
            if (_byName.TryGetValue(name, out var versions) && Array.Find(versions, e => e.Version == version) is { } entry)
            {
                yield return new($"{name}@{alias}", entry);
            }
        }
    }
}
