using System.Runtime.InteropServices;

namespace Toolchain.Export.Tests.Support;

/// <summary>Random weights and inputs, the same at every run.</summary>
internal static class RandomData
{
    /// <summary>The graph with parameters and statistics as training leaves them: no scale is 1, no mean 0, every variance is positive.</summary>
    public static Graph Trained(this Graph graph, long seed = 1)
    {
        var norms = graph.Nodes.Where(static n => n.Op is BatchNormalization).ToArray();
        var scales = norms.SelectMany(static n => new[] { n.Inputs[1], n.Inputs[4] }).ToHashSet();
        var shifts = norms.SelectMany(static n => new[] { n.Inputs[2], n.Inputs[3] }).ToHashSet();
        return graph with
        {
            Initializers = graph.Initializers.Select((name, data) => scales.Contains(name) ? Floats(data.Dimensions, seed, 0.5, 1.5)
                : shifts.Contains(name) ? Floats(data.Dimensions, seed, -0.3, 0.3)
                : data),
        };
    }

    public static TensorData Floats(EquatableArray<long> dimensions, long seed = 1, double low = -1, double high = 1)
    {
        var random = new SeededRandom(seed, dimensions.Count, dimensions.Count == 0 ? 0 : dimensions[0]);
        var values = new float[dimensions.Aggregate(1L, static (product, d) => product * d)];
        foreach (ref var value in values.AsSpan())
        {
            value = (float)(low + ((high - low) * random.NextDouble()));
        }

        return new(ElementType.Float32, dimensions, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
    }

    /// <summary>Images, or rows of a table around the columns' means.</summary>
    public static ReadOnlyMemory<byte> Samples(Preprocessing preprocessing, int count) => preprocessing.Samples == SampleKind.Numbers
        ? Floats([count, preprocessing.Channels], low: -3, high: 3).Bytes
        : Pixels((long)count * preprocessing.Height * preprocessing.Width * preprocessing.Channels);

    public static byte[] Pixels(long count, long seed = 1)
    {
        var random = new SeededRandom(seed, count);
        var pixels = new byte[count];
        foreach (ref var pixel in pixels.AsSpan())
        {
            pixel = (byte)random.Below(256);
        }

        return pixels;
    }
}
