using System.Collections.Immutable;

namespace Toolchain.Data;

/// <summary>Two samples that are the same, or look so.</summary>
/// <param name="First">The index of one.</param>
/// <param name="Second">The index of the other; training samples come first, then test samples.</param>
/// <param name="Bits">The bits in which their fingerprints differ; 0 and <paramref name="Exact"/> when every pixel is the same.</param>
/// <param name="Exact">Whether every pixel is the same.</param>
/// <param name="SameTarget">Whether the same is to be predicted for both.</param>
public sealed record DuplicatePair(int First, int Second, int Bits, bool Exact, bool SameTarget);

/// <summary>The samples of a data set that occur more than once, or nearly so.</summary>
/// <param name="TrainCount">Number of training samples; indices from here on are of test samples.</param>
/// <param name="Exact">Samples that are, pixel for pixel, an earlier one, by where both are.</param>
/// <param name="Near">
/// Pairs of other samples that look the same, by where both are: their fingerprints differ by <see cref="NearBits"/> bits at most, and averaged down to 16 × 16 grey
/// cells they are correlated by <see cref="NearCorrelation"/> at least.
/// </param>
/// <param name="Contradictions">Exact duplicates with different targets.</param>
/// <param name="Pairs">The first <see cref="ListedPairs"/> pairs, those across the splits before the others, exact ones before near ones in each.</param>
/// <param name="IsCut">Whether so many samples look alike that only a part of the near pairs was counted.</param>
public sealed record DuplicateReport(int TrainCount, DuplicateCount Exact, DuplicateCount Near, int Contradictions, ImmutableArray<DuplicatePair> Pairs, bool IsCut)
{
    /// <summary>The most bits, of 64, by which the fingerprints of near-duplicates differ. Unrelated pictures differ by 32 on average, with a deviation of 4 or more.</summary>
    public const int NearBits = 5;

    /// <summary>The least correlation of near-duplicates: pictures of one kind on one background may share a fingerprint, and are less alike than copies.</summary>
    public const double NearCorrelation = 0.99;

    /// <summary>How many pairs are listed.</summary>
    public const int ListedPairs = 20;

    /// <summary>Compares all images of a data set with each other.</summary>
    /// <param name="data">Images.</param>
    /// <exception cref="ToolchainException">The data set is a table (<see cref="ErrorKind.Usage"/>), or a file is damaged (<see cref="ErrorKind.BadInput"/>).</exception>
    public static DuplicateReport Of(DatasetSplits data) => new DuplicateSearch(data).Run();
}

/// <summary>How many duplicates there are.</summary>
/// <param name="InTrain">Both are training samples.</param>
/// <param name="InTest">Both are test samples.</param>
/// <param name="Across">One of each: what is measured has been learned from.</param>
public sealed record DuplicateCount(int InTrain, int InTest, int Across)
{
    /// <summary>All.</summary>
    public int Total => InTrain + InTest + Across;
}
