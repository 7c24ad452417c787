using System.Collections.Immutable;

namespace Toolchain.Data;

/// <summary>Divides samples into those to learn from and those to measure with.</summary>
internal static class PartedSamples
{
    /// <summary>The share of the samples that are kept for the test where the data does not say which.</summary>
    public const double TestShare = 0.2;

    private const long TestSeed = 0;

    /// <summary>Keeps a fifth of the samples, always the same, for the test: with the proportions of the classes, and whole groups.</summary>
    public static DatasetSplits HoldOut(Dataset all, string advice)
    {
        var (train, test) = Split.Of(all, TestShare, TestSeed);
        return Divide(all, train, test, null, advice);
    }

    /// <summary>The samples that <see cref="HoldOut"/> keeps for the test.</summary>
    public static int[] TestOf(Dataset all) => Split.Of(all, TestShare, TestSeed).Validation;

    /// <summary>Divides as the data itself says.</summary>
    /// <param name="all">The samples.</param>
    /// <param name="parts">The part of each.</param>
    /// <param name="advice">What to do when a part is empty.</param>
    public static DatasetSplits Of(Dataset all, IReadOnlyList<SamplePart> parts, string advice)
    {
        int[] test = [.. Enumerable.Range(0, all.Count).Where(sample => parts[sample] == SamplePart.Test)];
        int[] train = [.. Enumerable.Range(0, all.Count).Where(sample => parts[sample] != SamplePart.Test)];
        ImmutableArray<int> validation = [.. Enumerable.Range(0, train.Length).Where(place => parts[train[place]] == SamplePart.Validation)];
        return Divide(all, train, test, validation.IsEmpty ? null : validation, advice);
    }

    private static DatasetSplits Divide(Dataset all, int[] train, int[] test, ImmutableArray<int>? validation, string advice)
    {
        var learned = train.Length - (validation?.Length ?? 0);
        return learned > 0 && test.Length > 0
            ? new(all.Name, all.Subset(train, $"{all.Name} (train)"), all.Subset(test, $"{all.Name} (test)")) { Validation = validation }
            : throw new ToolchainException(ErrorKind.BadInput, $"Data set {all.Name} has {learned} samples to train on and {test.Length} to test with; there must be some of each. {advice}");
    }
}
