using System.Text.Json;
using Toolchain.Data;
using Toolchain.Registry;

namespace Toolchain.Train.Evaluation;

/// <summary>The images that an evaluation may use.</summary>
public enum EvaluationSplit
{
    /// <summary>The data set's test images.</summary>
    Test,

    /// <summary>The training images that were kept apart to choose the best epoch.</summary>
    Validation,

    /// <summary>The training images that the model learned from.</summary>
    Train,
}

/// <summary>Finds a split's images again.</summary>
public static class EvaluationSplits
{
    /// <summary>The word for a split, as options, logs and manifests have it.</summary>
    public static string Text(EvaluationSplit split) => split switch
    {
        EvaluationSplit.Test => "test",
        EvaluationSplit.Validation => "validation",
        EvaluationSplit.Train => "train",
        _ => throw new ArgumentOutOfRangeException(nameof(split), split, "Unknown split."),
    };

    /// <summary>The images of a split, the same for all models.</summary>
    /// <exception cref="ToolchainException">A model was not trained on this data, has no such images, or the models were trained on different ones (<see cref="ErrorKind.Usage"/>).</exception>
    public static (Dataset Images, int[] Indices) Find(EvaluationSplit split, DatasetSplits data, IReadOnlyList<ModelVersion> models)
    {
        // A file that moved samples between training and test did so for this measurement too.
        if (split == EvaluationSplit.Test && !models.Any(model => IsByFile(model, data)))
        {
            return (data.Test, [.. Enumerable.Range(0, data.Test.Count)]);
        }

        var (images, indices) = Find(split, data, models[0]);
        foreach (var other in models.Skip(1))
        {
            var (otherImages, otherIndices) = Find(split, data, other);
            if (otherImages.ContentHash != images.ContentHash || !otherIndices.AsSpan().SequenceEqual(indices))
            {
                throw new ToolchainException(ErrorKind.Usage, $"Models {models[0]} and {other} were trained with different {Text(split)} images of {data.Reference}. Measure them on {(split == EvaluationSplit.Test ? "data that neither has seen" : "--split test")}.");
            }
        }

        return (images, indices);
    }

    /// <summary>How the samples of a model's training were divided.</summary>
    private static SplitPlan PlanOf(TrainingSpec training, double share) => new()
    {
        Share = share,
        Seed = training.Data.Split?.Seed ?? training.Seed,
        Folds = training.Data.Split?.Folds,
        Fold = training.Data.Split?.Fold,
        File = training.Data.Split?.File,
        OwnFirst = training.Data.Split?.Method == SplitMethods.Given,
    };

    private static bool IsByFile(ModelVersion model, DatasetSplits data) =>
        model.Manifest.Training is { } training && training.Data.Split?.Method == SplitMethods.File && training.Data.Reference == data.Reference;

    private static (Dataset Images, int[] Indices) Find(EvaluationSplit split, DatasetSplits data, ModelVersion model)
    {
        if (model.Manifest.Training is not { } training || !training.Recipe.TryGetValue("validation", out var share) || share.ValueKind != JsonValueKind.Number)
        {
            throw Unknown(split, data, model);
        }

        var divided = PlanOf(training, share.GetDouble()).Divide(data);
        if (training.Data.ContentHash != divided.Data.Train.ContentHash)
        {
            throw Unknown(split, data, model);
        }

        if (training.Data.Split is { } recorded && recorded.Hash != divided.Hash)
        {
            throw new ToolchainException(ErrorKind.Mismatch, $"Model {model} was trained with another division of {data.Reference} than is found now ({recorded.Hash[..12]}, {divided.Hash[..12]}){(recorded.File is { } file ? $": {file} has changed" : "")}. Measure it on data that it has not seen.");
        }

        var found = split switch
        {
            EvaluationSplit.Test => [.. Enumerable.Range(0, divided.Data.Test.Count)],
            EvaluationSplit.Validation => divided.Split.Validation,
            EvaluationSplit.Train => divided.Split.Train,
            _ => throw new ArgumentOutOfRangeException(nameof(split), split, "Unknown split."),
        };
        return found.Length > 0
            ? (split == EvaluationSplit.Test ? divided.Data.Test : divided.Data.Train, found)
            : throw new ToolchainException(ErrorKind.Usage, $"Model {model} was trained without {Text(split)} images. Measure it on --split test.");
    }

    private static ToolchainException Unknown(EvaluationSplit split, DatasetSplits data, ModelVersion model) =>
        new(ErrorKind.Usage, $"Model {model} was not trained on {data.Reference}, so its {Text(split)} images are not known. Measure it on {(split == EvaluationSplit.Test ? "other data" : "--split test")}.");
}
