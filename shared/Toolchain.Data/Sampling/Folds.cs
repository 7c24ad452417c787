namespace Toolchain.Data;

/// <summary>Divides a data set into folds of nearly equal size for cross-validation (Stone, 1974; Kohavi, 1995, for stratified folds).</summary>
internal static class Folds
{
    /// <summary>
    /// The division whose validation part is one of K folds: every sample is in exactly one of them. Samples that belong together stay together; otherwise
    /// each fold has the proportions of the classes where each sample has one. The same arguments give the same folds on every machine.
    /// </summary>
    /// <param name="dataset">What to divide.</param>
    /// <param name="folds">K, at least 2.</param>
    /// <param name="fold">Which fold, from 1 to K.</param>
    /// <param name="seed">Chooses the folds.</param>
    /// <exception cref="ToolchainException">The numbers do not fit each other or the data (<see cref="ErrorKind.Usage"/>).</exception>
    public static Split Of(Dataset dataset, int folds, int fold, long seed)
    {
        if (folds < 2 || fold < 1 || fold > folds)
            throw new ToolchainException(ErrorKind.Usage, $"Fold {fold} of {folds} was asked for; there must be at least 2 folds, numbered from 1.");
        var blocks = Blocks(dataset);
        if (blocks.Sum(block => block.Length) < folds)
            throw new ToolchainException(ErrorKind.Usage, $"Data set {dataset.Name} cannot be divided into {folds} folds: it has {blocks.Sum(block => block.Length)} {(dataset.Origins?.Groups is null ? "samples" : "groups")}. Use fewer folds.");

        // Dealt on from class to class, so that the folds' sizes differ by one at most where samples stand alone.
        var (isValidation, dealt) = (new bool[dataset.Count], 0);
        for (var block = 0; block < blocks.Length; block++)
        {
            new SeededRandom(seed, RandomStream.Split, block).Shuffle(blocks[block].AsSpan());
            foreach (var together in blocks[block])
            {
                if (dealt++ % folds != fold - 1)
                    continue;
                foreach (var sample in together)
                    isValidation[sample] = true;
            }
        }

        var samples = Enumerable.Range(0, dataset.Count);
        return new([.. samples.Where(sample => !isValidation[sample])], [.. samples.Where(sample => isValidation[sample])]);
    }

    // What is shuffled together: the samples of a class, each alone; or all groups, each with its samples.
    private static int[][][] Blocks(Dataset dataset)
    {
        var all = Enumerable.Range(0, dataset.Count);
        switch (dataset)
        {
            case { Origins.Groups: { } groups }:
                return [[.. all.GroupBy(sample => groups[sample]).OrderBy(group => group.Key).Select(group => group.ToArray())]];
            case { Targets: ClassTargets classes }:
                var labels = classes.Labels.ToArray();
                return [.. all.GroupBy(sample => labels[sample]).OrderBy(group => group.Key).Select(group => group.Select(sample => new[] { sample }).ToArray())];
            default:
                return [[.. all.Select(sample => new[] { sample })]];
        }
    }
}
