using Toolchain.Graphs;

namespace Toolchain.Tests;

/// <summary>Numbers that are the same in every run.</summary>
internal static class Numbers
{
    /// <summary>
    /// Float32 values in random order, no two closer than 0.01 and none closer to zero than 0.005: wide of every kink of a maximum or a
    /// rectifier, so that difference quotients over less are exact.
    /// </summary>
    public static TensorData Apart(long seed, params long[] dimensions)
    {
        var count = (int)dimensions.Aggregate(1L, static (product, d) => product * d);
        var values = Enumerable.Range(0, count).Select(i => (i - (count / 2) + 0.5f) * 0.01f).ToArray();
        new SeededRandom(seed).Shuffle(values.AsSpan());
        return TensorData.Of<float>(values, dimensions);
    }

    /// <summary>Float32 values from −1 to 1.</summary>
    public static TensorData Uniform(long seed, params long[] dimensions)
    {
        var random = new SeededRandom(seed);
        var values = new float[dimensions.Aggregate(1L, static (product, d) => product * d)];
        foreach (ref var value in values.AsSpan())
        {
            value = (float)((2 * random.NextDouble()) - 1);
        }

        return TensorData.Of<float>(values, dimensions);
    }

    /// <summary>The graph with statistics of batch normalisations, and their scales, as a trained network might have them.</summary>
    public static Graph WithLivelyStatistics(this Graph graph) => graph with
    {
        Initializers = graph.Initializers.Select((name, data) => name[(name.LastIndexOf('.') + 1)..] switch
        {
            "running_var" => Map(Uniform(name.Length, [.. data.Dimensions]), static v => 0.6f + (0.5f * v)),
            "running_mean" => Map(Uniform(name.Length + 1, [.. data.Dimensions]), static v => 0.3f * v),
            "weight" when data.Dimensions.Count == 1 => Map(Uniform(name.Length + 2, [.. data.Dimensions]), static v => 1 + (0.3f * v)),
            _ => data,
        }),
    };

    private static TensorData Map(TensorData data, Func<float, float> map) => TensorData.Of<float>(data.Values<float>().ToArray().Select(map).ToArray(), [.. data.Dimensions]);
}
