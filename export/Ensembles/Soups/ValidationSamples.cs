using System.Text.Json;
using Toolchain.Data;
using Toolchain.Registry;

namespace Toolchain.Export.Ensembles.Soups;

/// <summary>Finds the training samples that no model has learned from.</summary>
internal static class ValidationSamples
{
    /// <summary>The samples that were kept apart from the training of every model, to choose by; never the test split, which measures what was chosen.</summary>
    /// <param name="reference">The data set.</param>
    /// <param name="models">Models that were trained on it.</param>
    /// <exception cref="ToolchainException">A model was trained on other data, or there is no such sample (<see cref="ErrorKind.Usage"/>).</exception>
    public static Dataset Open(string reference, IReadOnlyList<ModelVersion> models)
    {
        var train = DatasetCatalog.Open(reference).Train;
        HashSet<int>? common = null;
        foreach (var model in models)
        {
            var own = Of(train, reference, model);
            common ??= [.. own];
            common.IntersectWith(own);
        }

        return common!.Count > 0 ? train.Subset([.. common.Order()]) : throw new ToolchainException(
            ErrorKind.Usage, $"No sample of {reference} was kept apart from the training of all {models.Count} models, so nothing can choose among them. Train them with one --seed and --validation, or leave --data out to average all of them.");
    }

    private static int[] Of(Dataset train, string reference, ModelVersion model) =>
        model.Manifest.Training is { } training && training.Data.ContentHash == train.ContentHash && training.Recipe.TryGetValue("validation", out var share) && share.ValueKind == JsonValueKind.Number
            ? Split.Of(train, share.GetDouble(), training.Seed).Validation
            : throw new ToolchainException(ErrorKind.Usage, $"Model {model} was not trained on {reference}, so which of its samples it has not learned from is not known. Leave --data out to average all models.");
}
