using System.Collections.Immutable;

namespace Toolchain.Data;

/// <summary>How often each class occurs, and weights that make up for it.</summary>
public static class ClassWeights
{
    /// <summary>The chosen samples of each class; in segmentation the pixels of each class, without the ignored ones.</summary>
    /// <exception cref="ToolchainException">The data set has no classes (<see cref="ErrorKind.Usage"/>).</exception>
    public static long[] Count(Dataset dataset, ReadOnlySpan<int> indices)
    {
        var counts = new long[dataset.OutputNames.Length];
        switch (dataset.Targets)
        {
            case ClassTargets classes:
                foreach (var index in indices)
                    counts[classes.Labels[index]]++;
                return counts;
            case MaskTargets masks:
                foreach (var index in indices)
                    Count(masks.Mask(index), counts);
                return counts;
            case ValueTargets:
                throw new ToolchainException(ErrorKind.Usage, $"Data set {dataset.Name} is for regression and has no classes to count or weigh. Leave out class weights.");
            default:
                throw new ArgumentException($"Unknown targets {dataset.Targets.GetType().Name}.", nameof(dataset));
        }
    }

    /// <summary>
    /// A weight per class, inversely proportional to how often it occurs among the chosen samples: n / (k · n_c) for n samples, k classes and
    /// n_c samples of class c, so that the weights of all samples average 1 (King and Zeng, «Logistic regression in rare events data», 2001;
    /// scikit-learn's <c>class_weight="balanced"</c>).
    /// </summary>
    /// <exception cref="ToolchainException">
    /// The data set has no classes (<see cref="ErrorKind.Usage"/>), or a class has no sample among the chosen (<see cref="ErrorKind.BadInput"/>).
    /// </exception>
    public static ImmutableArray<float> Balanced(Dataset dataset, ReadOnlySpan<int> indices)
    {
        var counts = Count(dataset, indices);
        var absent = dataset.OutputNames.Where((_, label) => counts[label] == 0).ToArray();
        if (absent.Length > 0)
        {
            throw new ToolchainException(ErrorKind.BadInput,
                $"Data set {dataset.Name}: balanced class weights need every class, but none of the {indices.Length} training samples is of {string.Join(", ", absent)}. Add samples, or leave out class weights.");
        }

        var total = (double)counts.Sum();
        return [.. counts.Select(count => (float)(total / ((double)counts.Length * count)))];
    }

    private static void Count(ReadOnlySpan<byte> mask, long[] counts)
    {
        foreach (var label in mask)
        {
            if (label != MaskTargets.Ignored)
                counts[label]++;
        }
    }
}
