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
        var data = DatasetCatalog.Open(reference, DatasetOptions.Default.For(models[0].Manifest.Preprocessing));
        var divisions = models.Select(model => Of(data, reference, model)).ToList();
        if (divisions.Exists(divided => divided.Data.Train.ContentHash != divisions[0].Data.Train.ContentHash))
        {
            throw new ToolchainException(ErrorKind.Usage, $"The models were trained with different samples of {reference}, so none is known that all have not learned from. Leave --data out to average all models.");
        }

        var common = divisions.Select(divided => divided.Split.Validation.AsEnumerable()).Aggregate((one, other) => one.Intersect(other)).Order().ToArray();
        return common.Length > 0 ? divisions[0].Data.Train.Subset(common) : throw new ToolchainException(
            ErrorKind.Usage, $"No sample of {reference} was kept apart from the training of all {models.Count} models, so nothing can choose among them. Train them with one --seed and --validation, or leave --data out to average all of them.");
    }

    private static DividedData Of(DatasetSplits data, string reference, ModelVersion model)
    {
        if (model.Manifest.Training is { } training && training.Recipe.TryGetValue("validation", out var share) && share.ValueKind == JsonValueKind.Number)
        {
            var divided = new SplitPlan
            {
                Share = share.GetDouble(),
                Seed = training.Data.Split?.Seed ?? training.Seed,
                Folds = training.Data.Split?.Folds,
                Fold = training.Data.Split?.Fold,
                File = training.Data.Split?.File,
                OwnFirst = training.Data.Split?.Method == SplitMethods.Given,
            }.Divide(data);
            if (training.Data.ContentHash == divided.Data.Train.ContentHash && (training.Data.Split is null || training.Data.Split.Hash == divided.Hash))
            {
                return divided;
            }
        }

        throw new ToolchainException(ErrorKind.Usage, $"Model {model} was not trained on {reference}, so which of its samples it has not learned from is not known. Leave --data out to average all models.");
    }
}
