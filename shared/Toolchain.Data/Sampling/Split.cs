namespace Toolchain.Data;

/// <summary>A division of a data set's samples into two parts, each as ascending indices.</summary>
/// <param name="Train">Samples to learn from.</param>
/// <param name="Validation">Samples to choose the best epoch by.</param>
public sealed record Split(int[] Train, int[] Validation)
{
    /// <summary>
    /// Divides a data set as suits it: samples that belong together, such as the slices of a volume, stay together; otherwise the proportions of the classes
    /// are kept where each sample has one; otherwise at random.
    /// </summary>
    /// <param name="dataset">What to divide.</param>
    /// <param name="validationFraction">The validation part's share of the samples, from 0 (none) to below 1.</param>
    /// <param name="seed">Chooses the division.</param>
    /// <exception cref="ToolchainException">The fraction is outside 0..1 (<see cref="ErrorKind.Usage"/>).</exception>
    public static Split Of(Dataset dataset, double validationFraction, long seed) => dataset switch
    {
        { Origins.Groups: { } groups } => Grouped(groups, validationFraction, seed),
        { Targets: ClassTargets classes } => Stratified(classes.Labels, validationFraction, seed),
        _ => Random(dataset.Count, validationFraction, seed),
    };

    /// <summary>
    /// Draws a validation part of whole groups: in a seeded order of the groups, each is taken that brings the part's size nearer to the fraction of all; at
    /// least one for a fraction above 0, but never the last training group. The same arguments give the same division on every machine.
    /// </summary>
    /// <param name="groups">The group of every sample.</param>
    /// <param name="validationFraction">The validation part's share of the samples, from 0 (none) to below 1.</param>
    /// <param name="seed">Chooses the order.</param>
    /// <exception cref="ToolchainException">The fraction is outside 0..1 (<see cref="ErrorKind.Usage"/>).</exception>
    public static Split Grouped(ReadOnlySpan<int> groups, double validationFraction, long seed)
    {
        RequireFraction(validationFraction);
        int[] ofSamples = [.. groups];
        var members = Enumerable.Range(0, ofSamples.Length).GroupBy(sample => ofSamples[sample]).OrderBy(group => group.Key).Select(group => group.ToArray()).ToArray();
        new SeededRandom(seed, RandomStream.Split).Shuffle(members.AsSpan());
        var (wanted, taken, chosen) = (ofSamples.Length * validationFraction, 0, new HashSet<int>());
        foreach (var group in members.SkipLast(1))
        {
            var isFirst = taken == 0 && validationFraction > 0;
            if (!isFirst && Math.Abs(taken + group.Length - wanted) >= Math.Abs(taken - wanted))
                continue;
            taken += group.Length;
            chosen.UnionWith(group);
        }

        var samples = Enumerable.Range(0, ofSamples.Length);
        return new([.. samples.Where(sample => !chosen.Contains(sample))], [.. samples.Where(chosen.Contains)]);
    }

    /// <summary>
    /// Draws a validation part by a seeded permutation, of which the first samples are taken: the rounded fraction of all, but never the last
    /// training sample. The same arguments give the same division on every machine.
    /// </summary>
    /// <param name="count">Number of samples.</param>
    /// <param name="validationFraction">The validation part's share, from 0 (none) to below 1.</param>
    /// <param name="seed">Chooses the permutation.</param>
    /// <exception cref="ToolchainException">The fraction is outside 0..1 (<see cref="ErrorKind.Usage"/>).</exception>
    public static Split Random(int count, double validationFraction, long seed)
    {
        RequireFraction(validationFraction);
        int[] samples = [.. Enumerable.Range(0, count)];
        new SeededRandom(seed, RandomStream.Split).Shuffle(samples.AsSpan());
        var taken = Math.Clamp((int)Math.Round(count * validationFraction, MidpointRounding.AwayFromZero), 0, Math.Max(count - 1, 0));
        return new([.. samples.Skip(taken).Order()], [.. samples.Take(taken).Order()]);
    }

    /// <summary>
    /// Draws a validation part with the same proportions of classes as the whole: per class a seeded permutation, of which the first images
    /// are taken; their number is the class's exact share rounded down, and the classes with the largest remainders give one more, so that
    /// the total is the rounded fraction of all. The last training image of a class is never taken. The same arguments give the same
    /// division on every machine.
    /// </summary>
    /// <param name="labels">The class number of every image, from 0.</param>
    /// <param name="validationFraction">The validation part's share of the images, from 0 (none) to below 1.</param>
    /// <param name="seed">Chooses the permutations.</param>
    /// <exception cref="ToolchainException">The fraction is outside 0..1 (<see cref="ErrorKind.Usage"/>).</exception>
    public static Split Stratified(ReadOnlySpan<int> labels, double validationFraction, long seed)
    {
        RequireFraction(validationFraction);
        var classes = ImagesByClass(labels);
        var quotas = Quotas(classes, validationFraction, labels.Length);
        var isValidation = new bool[labels.Length];
        for (var label = 0; label < classes.Length; label++)
        {
            new SeededRandom(seed, RandomStream.Split, label).Shuffle(classes[label].AsSpan());
            foreach (var image in classes[label].AsSpan(0, quotas[label]))
                isValidation[image] = true;
        }

        var images = Enumerable.Range(0, labels.Length);
        return new([.. images.Where(image => !isValidation[image])], [.. images.Where(image => isValidation[image])]);
    }

    private static void RequireFraction(double fraction)
    {
        if (fraction is not (>= 0 and < 1))
            throw new ToolchainException(ErrorKind.Usage, FormattableString.Invariant($"The validation fraction is {fraction}; it must be at least 0 and below 1, for example 0.1."));
    }

    private static int[][] ImagesByClass(ReadOnlySpan<int> labels)
    {
        var classes = new List<List<int>>();
        for (var image = 0; image < labels.Length; image++)
        {
            while (classes.Count <= labels[image])
                classes.Add([]);
            classes[labels[image]].Add(image);
        }

        return [.. classes.Select(images => images.ToArray())];
    }

    private static int[] Quotas(int[][] classes, double fraction, int total)
    {
        var shares = classes.Select(images => images.Length * fraction).ToArray();
        var quotas = shares.Select(share => (int)share).ToArray();
        var missing = (int)Math.Round(total * fraction, MidpointRounding.AwayFromZero) - quotas.Sum();
        var byRemainder = Enumerable.Range(0, classes.Length)
            .Where(label => quotas[label] + 1 < classes[label].Length)
            .OrderByDescending(label => shares[label] - quotas[label])
            .ThenBy(label => label);
        foreach (var label in byRemainder.Take(Math.Max(missing, 0)).ToArray())
            quotas[label]++;
        return quotas;
    }
}
