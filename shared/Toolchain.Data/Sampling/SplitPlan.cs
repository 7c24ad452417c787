using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Toolchain.Data;

/// <summary>How the samples of a data set are divided for a run.</summary>
public sealed record SplitPlan
{
    /// <summary>The share of the training samples that is kept for validation, where nothing else says which; 0.1 by default.</summary>
    public double Share { get; init; } = 0.1;

    /// <summary>Whether the validation samples that the data set itself names go before <see cref="Share"/>; true by default.</summary>
    public bool OwnFirst { get; init; } = true;

    /// <summary>Chooses which; 0 by default.</summary>
    public long Seed { get; init; }

    /// <summary>K of K-fold cross-validation; null, the default, for one division by <see cref="Share"/>.</summary>
    public int? Folds { get; init; }

    /// <summary>The fold that is for validation, from 1; with <see cref="Folds"/> only.</summary>
    public int? Fold { get; init; }

    /// <summary>A file that says what each sample is for (<see cref="SplitFile"/>); null, the default, for none.</summary>
    public string? File { get; init; }

    /// <summary>
    /// Divides a data set: by the file if there is one; otherwise by folds; otherwise as the data set itself says, if it does; otherwise by the share.
    /// </summary>
    /// <exception cref="ToolchainException">The plan contradicts itself or the data (<see cref="ErrorKind.Usage"/>), or the file is missing or wrong (<see cref="ErrorKind.NotFound"/>, <see cref="ErrorKind.BadInput"/>).</exception>
    public DividedData Divide(DatasetSplits data)
    {
        if (File is not null && Folds is not null)
            throw new ToolchainException(ErrorKind.Usage, "A split file and folds exclude each other: the file says what each sample is for.");
        if (Folds is null != Fold is null)
            throw new ToolchainException(ErrorKind.Usage, "The number of folds and the fold to keep for validation belong together. Give both or neither.");
        if (File is { } file)
        {
            var divided = SplitFile.Divide(data, file);
            return new(divided, Given(divided), SplitMethods.File);
        }

        if (Folds is { } folds)
            return new(data, Data.Folds.Of(data.Train, folds, Fold!.Value, Seed), SplitMethods.Folds);
        if (data.Validation is not null && OwnFirst)
            return new(data, Given(data), SplitMethods.Given);
        return new(data, Split.Of(data.Train, Share, Seed), data.Train switch
        {
            { Origins.Groups: not null } => SplitMethods.Grouped,
            { Targets: ClassTargets } => SplitMethods.Stratified,
            _ => SplitMethods.Random,
        });
    }

    private static Split Given(DatasetSplits data)
    {
        var validation = data.Validation is { } given ? given.ToHashSet() : [];
        var samples = Enumerable.Range(0, data.Train.Count);
        return new([.. samples.Where(sample => !validation.Contains(sample))], [.. samples.Where(validation.Contains)]);
    }
}

/// <summary>A data set with its training samples divided.</summary>
/// <param name="Data">The samples to learn from and to measure with; other than they were opened where a file says so.</param>
/// <param name="Split">The division of <see cref="DatasetSplits.Train"/>.</param>
/// <param name="Method">What divided it; one of <see cref="SplitMethods"/>.</param>
public sealed record DividedData(DatasetSplits Data, Split Split, string Method)
{
    /// <summary>SHA-256 in lower-case hexadecimal over the number of training indices, these, and the validation indices (int32 each, little-endian).</summary>
    public string Hash
    {
        get
        {
            var bytes = new byte[sizeof(int) * (1 + Split.Train.Length + Split.Validation.Length)];
            var place = 0;
            foreach (var number in Split.Train.Prepend(Split.Train.Length).Concat(Split.Validation))
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(sizeof(int) * place++), number);
            return Convert.ToHexStringLower(SHA256.HashData(bytes));
        }
    }
}

/// <summary>The words of manifests for what divides training samples.</summary>
public static class SplitMethods
{
    /// <summary>A file.</summary>
    public const string File = "file";

    /// <summary>K-fold cross-validation.</summary>
    public const string Folds = "folds";

    /// <summary>The data set itself.</summary>
    public const string Given = "given";

    /// <summary>A seeded choice of whole groups.</summary>
    public const string Grouped = "grouped";

    /// <summary>A seeded choice with the proportions of the classes.</summary>
    public const string Stratified = "stratified";

    /// <summary>A seeded choice.</summary>
    public const string Random = "random";
}
