namespace Toolchain.Train.Losses;

/// <summary>Weights per class from a data set's class counts.</summary>
public static class ClassWeights
{
    /// <summary>The weights that make every class count the same in all: images / (classes · images of the class); 0 for a class without images.</summary>
    /// <param name="labels">Class numbers.</param>
    /// <param name="classes">The number of classes.</param>
    public static EquatableArray<float> Balanced(ReadOnlySpan<int> labels, int classes)
    {
        var counts = new long[classes];
        foreach (var label in labels)
        {
            counts[label]++;
        }

        var images = labels.Length;
        return counts.Select(count => count == 0 ? 0 : (float)((double)images / ((double)classes * count))).ToEquatableArray();
    }
}
