using System.Collections.Immutable;

namespace Toolchain.Data;

/// <summary>A data set as it is opened: the samples to learn from, and those kept apart to measure the result.</summary>
/// <param name="Reference">What was asked for, for example <c>fashion-mnist</c> or <c>idx:/data/digits</c>.</param>
/// <param name="Train">Samples for training; a validation part is taken from them by a <see cref="SplitPlan"/>.</param>
/// <param name="Test">Samples for the final measurement only.</param>
public sealed record DatasetSplits(string Reference, Dataset Train, Dataset Test)
{
    /// <summary>The validation part that the data set itself names, as ascending indices of <see cref="Train"/>; null, mostly, when it names none.</summary>
    public ImmutableArray<int>? Validation { get; init; }

    /// <summary>The sizes that image files have before they are decoded to one, the most frequent first; empty for samples that do not come from such files.</summary>
    public ImmutableArray<SizeCount> Sizes { get; init; } = [];

    /// <summary>The files that were left out because they cannot be read, each with its path and the reason; empty unless <see cref="DatasetOptions.SkipBad"/> asks for that.</summary>
    public ImmutableArray<string> Skipped { get; init; } = [];
}

/// <summary>How many image files have a size.</summary>
/// <param name="Height">Pixels.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Files">Files.</param>
public sealed record SizeCount(int Height, int Width, int Files);
