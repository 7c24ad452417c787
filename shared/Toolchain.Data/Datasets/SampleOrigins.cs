namespace Toolchain.Data;

/// <summary>Where the samples of a data set come from.</summary>
/// <param name="Names">Each sample's file, relative to the data set's folder, with the number of the slice after a # in a volume.</param>
/// <param name="Groups">For samples that belong together, such as the slices of one volume, the number of their group; null when each stands alone.</param>
internal sealed record SampleOrigins(string[] Names, int[]? Groups = null)
{
    public SampleOrigins Subset(ReadOnlySpan<int> samples) => new(Samples.Gather(Names, 1, samples), Groups is null ? null : Samples.Gather(Groups, 1, samples));

    /// <summary>These and, after them, others; null when either is not known.</summary>
    public static SampleOrigins? Join(SampleOrigins? first, SampleOrigins? second) => first is null || second is null
        ? null
        : new([.. first.Names, .. second.Names], first.Groups is null || second.Groups is null ? null : [.. first.Groups, .. second.Groups]);
}
