namespace Toolchain.Data;

/// <summary>An order of samples whose beginning shows every class.</summary>
public static class ClassTurns
{
    /// <summary>
    /// The indices of all samples: the first one of each class by class number, then the second of each, and so on; in their own order where samples do
    /// not have a class each.
    /// </summary>
    public static IEnumerable<int> Order(Dataset samples)
    {
        var all = Enumerable.Range(0, samples.Count);
        if (samples.Targets is not ClassTargets)
            return all;

        var labels = samples.Labels.ToArray();
        return all
            .GroupBy(i => labels[i])
            .SelectMany(static group => group.Select(static (index, rank) => (index, rank)))
            .OrderBy(static p => p.rank).ThenBy(p => labels[p.index])
            .Select(static p => p.index);
    }
}
