namespace Toolchain.Graphs;

/// <summary>How many values each output of a layer sums over, and how many outputs each input reaches, as PyTorch counts them for a weight [a, b, kernel…].</summary>
/// <param name="In">b · kernel.</param>
/// <param name="Out">a · kernel.</param>
public readonly record struct Fans(long In, long Out)
{
    /// <summary>The fans of a weight of at least two dimensions.</summary>
    public static Fans Of(EquatableArray<long> dimensions)
    {
        var kernel = dimensions.Skip(2).Aggregate(1L, static (product, d) => product * d);
        return new(dimensions[1] * kernel, dimensions[0] * kernel);
    }
}
