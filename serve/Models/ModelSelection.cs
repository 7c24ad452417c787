using Toolchain.Registry;

namespace Toolchain.Serve.Models;

/// <summary>Which versions a server is asked to serve, from what the registry has at the moment.</summary>
internal static class ModelSelection
{
    /// <summary>What to follow where nothing was asked for: the highest exported version of every model by its bare name, and every alias of an exported version.</summary>
    public static IEnumerable<ModelReference> Implied(IReadOnlyList<ModelListing> listings)
    {
        foreach (var model in listings.GroupBy(static l => l.Name))
        {
            if (model.Any(static l => IsExported(l) || l.Manifest is null))
            {
                yield return ModelReference.Parse(model.Key);
            }

            foreach (var alias in model.Where(IsExported).SelectMany(static l => l.Aliases))
            {
                yield return ModelReference.Parse($"{model.Key}@{alias}");
            }
        }
    }

    /// <summary>The version that a reference means; null when there is none. A bare name is the highest exported version, otherwise the highest.</summary>
    public static ModelListing? Choose(IReadOnlyList<ModelListing> listings, ModelReference reference)
    {
        var versions = listings.Where(l => l.Name == reference.Name);
        return reference switch
        {
            { Version: { } version } => versions.FirstOrDefault(l => l.Version == version),
            { Alias: { } alias } => versions.FirstOrDefault(l => l.Aliases.Contains(alias)),
            _ => versions.LastOrDefault(IsExported) ?? versions.LastOrDefault(),
        };
    }

    /// <summary>The versions above those that bare names mean whose manifest cannot be read: they may be the ones that were meant.</summary>
    public static IEnumerable<ModelListing> Unreadable(IReadOnlyList<ModelListing> listings, IEnumerable<ModelReference> references) =>
        from reference in references
        where reference is { Version: null, Alias: null }
        let chosen = Choose(listings, reference)?.Version
        from listing in listings
        where listing.Name == reference.Name && listing.Manifest is null && listing.Version > chosen
        select listing;

    /// <summary>Whether there is something to serve.</summary>
    public static bool IsExported(ModelListing listing) => listing.Manifest?.Served() is not null;

    /// <summary>Whether a loaded version is what the registry has: the same number, and the same file.</summary>
    public static bool IsLoaded(ServedModel model, ModelListing listing) =>
        model.Key == (listing.Name, listing.Version) && listing.Manifest?.Served()?.Sha256 == model.Manifest!.Served()?.Sha256;
}
