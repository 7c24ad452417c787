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
        if (split == EvaluationSplit.Test)
        {
            return (data.Test, [.. Enumerable.Range(0, data.Test.Count)]);
        }

        var first = Find(split, data, models[0]);
        foreach (var other in models.Skip(1))
        {
            if (!Find(split, data, other).AsSpan().SequenceEqual(first))
            {
                throw new ToolchainException(ErrorKind.Usage, $"Models {models[0]} and {other} were trained with different {Text(split)} images of {data.Reference}. Measure them on --split test.");
            }
        }

        return (data.Train, first);
    }

    private static int[] Find(EvaluationSplit split, DatasetSplits data, ModelVersion model)
    {
        if (model.Manifest.Training is not { } training || training.Data.ContentHash != data.Train.ContentHash
            || !training.Recipe.TryGetValue("validation", out var share) || share.ValueKind != JsonValueKind.Number)
        {
            throw new ToolchainException(ErrorKind.Usage, $"Model {model} was not trained on {data.Reference}, so its {Text(split)} images are not known. Measure it on --split test.");
        }

        var parts = Split.Of(data.Train, share.GetDouble(), training.Data.SplitSeed ?? training.Seed);
        var found = split == EvaluationSplit.Validation ? parts.Validation : parts.Train;
        return found.Length > 0 ? found : throw new ToolchainException(ErrorKind.Usage, $"Model {model} was trained without {Text(split)} images. Measure it on --split test.");
    }
}
