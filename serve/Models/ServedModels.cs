using System.Collections.Frozen;
using Toolchain.Registry;

namespace Toolchain.Serve.Models;

/// <summary>The models of a server at one moment, with the aliases as they were when it was made. Immutable: looking up never touches a disk.</summary>
internal sealed class ServedModels
{
    private readonly FrozenDictionary<string, ModelEntry[]> _byName;
    private readonly FrozenDictionary<(string Name, string Alias), int> _aliases;

    /// <summary>A set of models.</summary>
    /// <param name="entries">The versions that were asked for.</param>
    /// <param name="listings">The registry's list, for aliases.</param>
    public ServedModels(IEnumerable<ModelEntry> entries, IEnumerable<ModelListing> listings)
    {
        _byName = entries.GroupBy(static e => e.Name).ToFrozenDictionary(static g => g.Key, static g => g.OrderBy(static e => e.Version).ToArray());
        _aliases = listings.SelectMany(static l => l.Aliases.Select(alias => ((l.Name, alias), l.Version))).ToFrozenDictionary(static p => p.Item1, static p => p.Version);
        All = [.. _byName.Values.SelectMany(static versions => versions).OrderBy(static e => e.Name, StringComparer.Ordinal).ThenBy(static e => e.Version)];
    }

    /// <summary>No models yet.</summary>
    public static ServedModels None { get; } = new([], []);

    /// <summary>All of them, by name and version.</summary>
    public IReadOnlyList<ModelEntry> All { get; }

    /// <summary>The aliases that point to a version.</summary>
    public IEnumerable<string> AliasesOf(ModelEntry entry) => _aliases
        .Where(alias => alias.Key.Name == entry.Name && alias.Value == entry.Version)
        .Select(static alias => alias.Key.Alias)
        .Order(StringComparer.Ordinal);

    /// <summary>The versions of a model, refused ones included; none when the name is not known.</summary>
    public IReadOnlyList<ModelEntry> Versions(string name) => _byName.GetValueOrDefault(name) ?? [];

    /// <summary>A version by its protocol name, or the highest that is loaded.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="version">The version number as text; null for the highest.</param>
    /// <returns>Null when there is none.</returns>
    public ModelEntry? Find(string name, string? version)
    {
        if (!_byName.TryGetValue(name, out var versions))
        {
            return null;
        }

        return version is null
            ? Array.FindLast(versions, static e => e is ServedModel) ?? versions[^1]
            : Array.Find(versions, e => e.VersionText == version);
    }

    /// <summary>The version that a reference means.</summary>
    /// <exception cref="ToolchainException">It is not served; the message says what is (<see cref="ErrorKind.NotFound"/>).</exception>
    public ModelEntry Find(ModelReference reference)
    {
        var version = reference.Alias is { } alias && _aliases.TryGetValue((reference.Name, alias), out var target) ? target : reference.Version;
        var known = reference.Alias is null || version is not null;
        return (known ? Find(reference.Name, version?.ToString(System.Globalization.CultureInfo.InvariantCulture)) : null) ?? throw new ToolchainException(
            ErrorKind.NotFound,
            $"Model '{reference}' is not served here. {(All.Count == 0 ? "No model is." : $"Served: {string.Join(", ", All.Select(static e => e.ToString()))}.")}");
    }
}
