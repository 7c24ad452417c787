using Toolchain.Graphs;

namespace Toolchain.Export.Importing;

/// <summary>Reads from a graph's first operators what its pixels are: a graph that divides by 255 or subtracts 123.68 takes bytes.</summary>
internal static class LeadingScale
{
    // Means and deviations of images on the 0..1 scale are below these, and on the 0..255 scale above.
    private const double LargestUnitMean = 1.5;
    private const double SmallestUnitScale = 1 / 0.9;
    private const double LargestByteScale = 1 / 10.0;

    /// <summary>The range that the graph's own normalisation is for; null when it has none.</summary>
    public static PixelRange? Range(Graph graph, string input)
    {
        var (value, scale, largestMean, found) = (input, 1.0, 0.0, false);
        while (graph.Nodes.Where(n => n.Inputs.Contains(value)).Take(2).ToArray() is [var node] && node.Outputs.Count == 1)
        {
            if (node.Op is not (Transpose or Cast or Identity))
            {
                if (Constant(graph, node, value) is not { } numbers || node.Op is not (Add or Sub or Mul or Div))
                {
                    break;
                }

                (scale, largestMean, found) = (node.Op switch
                {
                    Mul => scale * numbers.Average(),
                    Div => scale / numbers.Average(),
                    _ => scale,
                }, node.Op is Add or Sub ? Math.Max(largestMean, numbers.Max(Math.Abs) / Math.Abs(scale)) : largestMean, true);
            }

            value = node.Outputs[0];
        }

        return !found || !double.IsFinite(scale) ? null
            : largestMean > LargestUnitMean || Math.Abs(scale) < LargestByteScale ? PixelRange.Bytes
            : Math.Abs(scale) > SmallestUnitScale || largestMean > 0 ? PixelRange.Unit
            : null;
    }

    // The other operand, where it is a constant; a number divided by the value is no scaling.
    private static double[]? Constant(Graph graph, Node node, string value)
    {
        var other = node.Inputs is [var left, var right] ? (left == value ? right : node.Op is Add or Mul ? left : "") : "";
        return other.Length > 0 && graph.ConstantValue(other) is { Type: ElementType.Float32, ElementCount: > 0 and <= 64 } data
            ? [.. data.Values<float>().ToArray().Select(static v => (double)v)]
            : null;
    }
}
