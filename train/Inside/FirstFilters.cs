using Toolchain.Graphs;

namespace Toolchain.Train.Inside;

/// <summary>The filters of a network's first convolution, as pictures.</summary>
internal static class FirstFilters
{
    private const int Side = 48;

    /// <summary>The first convolution with its weights; null where there is none.</summary>
    public static (string Layer, TensorData Weights)? Find(Graph graph) => graph.Nodes
        .Where(static n => n.Op is Conv)
        .Select(n => graph.ConstantValue(n.Inputs[1]) is { } weights ? (n.Name, weights) : ((string, TensorData)?)null)
        .FirstOrDefault();

    /// <summary>
    /// One picture per filter, in colour where it looks at three channels; otherwise one in grey per filter and channel. Each is stretched to its own
    /// range, its smallest weight black and its largest white, and enlarged to some 48 pixels a side.
    /// </summary>
    /// <param name="weights"><c>float32 [M, C, kH, kW]</c>.</param>
    public static IReadOnlyList<Picture> Draw(TensorData weights)
    {
        var sizes = weights.Dimensions;
        var (height, width) = ((int)sizes[2], (int)sizes[3]);
        var length = height * width * (sizes[1] == 3 ? 3 : 1);
        return [.. weights.Values<float>().ToArray().Chunk(length).Select(filter =>
        {
            var (low, high) = (filter.Min(), filter.Max());
            var stretched = Array.ConvertAll(filter, w => high > low ? (w - low) / (high - low) : 0.5f);
            return Picture.Of(stretched, height, width).Enlarged(Math.Max(1, Side / Math.Max(height, width)));
        })];
    }

    /// <summary>The filters as a sheet: in grey with several channels one row per filter.</summary>
    public static Picture Sheet(TensorData weights) =>
        ContactSheet.Of(Draw(weights), weights.Dimensions[1] is 1 or 3 ? null : (int)weights.Dimensions[1]);
}
