using System.Collections.Immutable;
using Toolchain.Registry;

namespace Toolchain.Serve.Models;

/// <summary>Makes the set of models that requests see from what is followed and what the registry has.</summary>
internal static class ModelSnapshot
{
    /// <summary>The set of models.</summary>
    public static ServedModels Of(FollowedModels followed, IReadOnlyList<ModelListing> listings)
    {
        var served = followed.Serving.Values.Distinct<ServedModel>(ReferenceEqualityComparer.Instance).ToList();
        var numbers = served.Select(static m => m.Key).ToHashSet();
        var notes = ImmutableDictionary.CreateBuilder<(string, int), string>();
        foreach (var model in served)
        {
            if (NoteOf(model, followed, listings) is { } note)
            {
                notes[model.Key] = note;
            }
        }

        return new([.. served, .. followed.Refused.Where(r => !numbers.Contains(r.Key))], Aliases(followed, listings), notes.ToImmutable());
    }

    private static string? NoteOf(ServedModel model, FollowedModels followed, IReadOnlyList<ModelListing> listings) =>
        followed.Refused.FirstOrDefault(r => r.Key == model.Key) is { } refused ? $"What the registry has under its number now could not be loaded, and what was loaded before is served. {refused.Problem}"
        : listings.FirstOrDefault(l => (l.Name, l.Version) == model.Key) is not { } listing ? "It is no longer in the registry; it is served until another version takes its place or the server ends."
        : listing.Manifest is null ? $"It cannot be read from the registry any more; what was loaded is served. {listing.Problem}"
        : null;

    // An alias that is followed means the version that answers it until the next one is ready; others mean what the registry says.
    private static ImmutableDictionary<(string Name, string Alias), int> Aliases(FollowedModels followed, IReadOnlyList<ModelListing> listings)
    {
        var aliases = ImmutableDictionary.CreateBuilder<(string Name, string Alias), int>();
        foreach (var listing in listings)
        {
            foreach (var alias in listing.Aliases)
            {
                aliases[(listing.Name, alias)] = listing.Version;
            }
        }

        foreach (var (reference, model) in followed.Serving)
        {
            if (reference.Alias is { } alias)
            {
                aliases[(reference.Name, alias)] = model.Version;
            }
        }

        return aliases.ToImmutable();
    }
}
