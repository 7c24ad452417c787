using Toolchain.Data;
using Toolchain.Networks;
using Toolchain.Registry;
using Toolchain.Train.Recipes;

namespace Toolchain.Train.Loop;

/// <summary>The samples of a run: what is trained on, what chooses the epoch, and what measures the result.</summary>
/// <param name="Splits">The data set as it was opened.</param>
/// <param name="Split">Which training samples are for validation.</param>
/// <param name="Preprocessing">Normalises with the training samples' statistics; has the data's own size.</param>
internal sealed record TrainingData(DatasetSplits Splits, Split Split, Preprocessing Preprocessing)
{
    /// <summary>The samples at the size that they were opened with.</summary>
    public required DatasetSplits Opened { get; init; }

    /// <summary>How the training samples were divided.</summary>
    public required SplitSpec Division { get; init; }

    /// <summary>What is predicted.</summary>
    public ModelTask Task => Splits.Train.Task;

    /// <summary>The outputs that a network must have: classes, or columns of values.</summary>
    public int Outputs => Splits.Train.OutputNames.Length;

    /// <summary>The size of the samples.</summary>
    public ImageSize Size => new(Splits.Train.Channels, Splits.Train.Height, Splits.Train.Width);

    /// <summary>Opens a data set and divides it.</summary>
    /// <param name="reference">The data set.</param>
    /// <param name="recipe">The recipe, whose seed and share of validation samples the division takes.</param>
    /// <param name="reading">How it is read; the standard options when null.</param>
    /// <param name="plan">How it is divided; by the share when null.</param>
    /// <exception cref="ToolchainException">The data is missing or damaged, or the recipe does not suit it.</exception>
    public static TrainingData Open(string reference, TrainingRecipe recipe, DatasetOptions? reading = null, SplitPlan? plan = null)
    {
        plan = (plan ?? new()) with { Share = recipe.ValidationShare, Seed = recipe.Seed };
        var divided = plan.Divide(DatasetCatalog.Open(reference, reading));
        var (splits, split) = (divided.Data, divided.Split);
        var statistics = ChannelStatistics.Of(splits.Train, split.Train);
        var preprocessing = new Preprocessing(splits.Train.Channels, splits.Train.Height, splits.Train.Width, statistics.Mean, statistics.Std)
        {
            Samples = splits.Train.Inputs is TableInputs ? SampleKind.Numbers : SampleKind.Pixels,
        };
        var data = new TrainingData(splits, split, preprocessing) { Opened = splits, Division = SpecOf(divided, plan) };
        data.Require(recipe);
        return data;
    }

    /// <summary>The same samples at another size.</summary>
    public TrainingData At(SizePhase size) => this with
    {
        Splits = Splits with { Train = Splits.Train.Resized(size.Height, size.Width), Test = Splits.Test.Resized(size.Height, size.Width) },
        Preprocessing = Preprocessing with { Height = size.Height, Width = size.Width },
    };

    /// <summary>The training samples in batches.</summary>
    public BatchLoader Training(TrainingRecipe recipe, int batchSize, int workers)
    {
        var augmentation = Augmentation(recipe);
        return new(Splits.Train, Split.Train, new()
        {
            BatchSize = batchSize,
            Shuffle = true,
            DropLast = true,
            Seed = recipe.Seed,
            Workers = workers,
            Augmentation = augmentation.Transforms.Any() ? augmentation : null,
            MixupAlpha = recipe.Mixup,
            CutMixAlpha = recipe.CutMix,
        });
    }

    /// <summary>The validation samples in batches; null where there are none.</summary>
    public BatchLoader? Validation(int batchSize) => Split.Validation.Length == 0 ? null : new(Splits.Train, Split.Validation, new() { BatchSize = batchSize });

    private static Augmentation Augmentation(TrainingRecipe recipe) => new()
    {
        Crop = recipe.Crop > 0 ? new(recipe.Crop) : null,
        Flip = recipe.Flip is { } kind ? new(kind) : null,
        Rotation = recipe.Rotate > 0 ? new(recipe.Rotate) : null,
        Jitter = recipe.Jitter.IsEmpty ? null : new(recipe.Jitter[0], recipe.Jitter.ElementAtOrDefault(1), recipe.Jitter.ElementAtOrDefault(2), recipe.Jitter.ElementAtOrDefault(3)),
        Noise = recipe.Noise > 0 ? new(recipe.Noise) : null,
        Erasing = recipe.Erase > 0 ? new(recipe.Erase) : null,
    };

    private static SplitSpec SpecOf(DividedData divided, SplitPlan plan) => new(divided.Method, divided.Hash)
    {
        Seed = divided.Method is SplitMethods.File or SplitMethods.Given ? null : plan.Seed,
        Folds = plan.Folds,
        Fold = plan.Fold,
        File = plan.File,
    };

    private void Require(TrainingRecipe recipe)
    {
        var problems = new List<string>();
        if (recipe.Mixes && Task != ModelTask.Classification)
        {
            problems.Add($"--mixup and --cutmix mix classes, and {Splits.Reference} is for {Task.Text()}");
        }

        if (!recipe.Sizes.IsEmpty && Preprocessing.Samples == SampleKind.Numbers)
        {
            problems.Add($"--sizes is for images, and {Splits.Reference} is a table");
        }

        if (recipe.ClassWeights != ClassWeighting.None && Task == ModelTask.Regression)
        {
            problems.Add($"--class-weights is for classes, and {Splits.Reference} is for regression");
        }

        if (recipe.BatchSize is { } batch && (long)batch * recipe.Accumulate > Split.Train.Length)
        {
            problems.Add($"--batch is {batch}{(recipe.Accumulate > 1 ? $" and --accumulate {recipe.Accumulate}" : "")}, but the training split of {Splits.Reference} has {Split.Train.Length} samples: use a smaller one, or a smaller --validation");
        }

        if (problems.Count > 0)
        {
            throw new ToolchainException(ErrorKind.Usage, $"{string.Join("; ", problems)}.");
        }

        // Opening the batches checks the augmentation against the data.
        _ = Training(recipe, 1, 1);
    }
}
