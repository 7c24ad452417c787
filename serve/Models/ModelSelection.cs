using Toolchain.Registry;

namespace Toolchain.Serve.Models;

/// <summary>Which versions a server is asked to load.</summary>
internal static class ModelSelection
{
    /// <summary>The versions that references name; without any, the highest exported version of every model.</summary>
    /// <param name="registry">The registry.</param>
    /// <param name="listings">Its list.</param>
    /// <param name="references">What was asked for.</param>
    /// <param name="refused">Receives versions whose manifest cannot be read.</param>
    /// <exception cref="ToolchainException">A reference means nothing, or there is nothing to serve; all problems together (<see cref="ErrorKind.NotFound"/>).</exception>
    public static IReadOnlyList<ModelVersion> Select(
        ModelRegistry registry, IReadOnlyList<ModelListing> listings, IReadOnlyList<ModelReference> references, ICollection<RefusedModel> refused) =>
        references.Count > 0 ? Named(registry, references, refused) : Exported(registry, listings, refused);

    private static List<ModelVersion> Named(ModelRegistry registry, IReadOnlyList<ModelReference> references, ICollection<RefusedModel> refused)
    {
        var (found, missing) = (new List<ModelVersion>(), new List<string>());
        foreach (var reference in references)
        {
            try
            {
                found.Add(registry.Resolve(reference));
            }
            catch (ToolchainException problem) when (problem.Kind is ErrorKind.NotFound)
            {
                missing.Add(problem.Message);
            }
            catch (ToolchainException problem)
            {
                refused.Add(new(reference.Name, reference.Version ?? 0, null, problem.Message));
            }
        }

        return missing.Count == 0 ? [.. found.DistinctBy(static v => (v.Name, v.Version))] : throw new ToolchainException(ErrorKind.NotFound, string.Join(Environment.NewLine, missing));
    }

    private static List<ModelVersion> Exported(ModelRegistry registry, IReadOnlyList<ModelListing> listings, ICollection<RefusedModel> refused)
    {
        var chosen = new List<ModelVersion>();
        foreach (var model in listings.GroupBy(static l => l.Name))
        {
            foreach (var listing in model.OrderByDescending(static l => l.Version))
            {
                if (listing.Manifest is null)
                {
                    refused.Add(new(listing.Name, listing.Version, null, listing.Problem ?? "Its manifest cannot be read."));
                }
                else if (listing.Manifest.Find(ArtifactKinds.Model) is not null)
                {
                    chosen.Add(registry.Resolve(ModelReference.To(listing.Name, listing.Version)));
                    break;
                }
            }
        }

        return chosen.Count + refused.Count > 0 ? chosen : throw new ToolchainException(
            ErrorKind.NotFound, $"Registry '{registry.Root}' has no exported model. Train and export one (train run, export onnx), or name another registry with --models.");
    }
}
