using Toolchain.Graphs;

namespace Toolchain.Export.Importing;

/// <summary>Looks at the sizes of all values before anything runs: a small file can describe a computation of any size.</summary>
internal static class ValueSizes
{
    // As much as one tensor of a file may have.
    private const long Most = int.MaxValue;

    /// <summary>Refuses a graph that makes a value of more than 2 GiB of one sample, or of a batch where it takes no other.</summary>
    /// <param name="graph">The graph as it was read.</param>
    /// <param name="known">Types that its file states.</param>
    /// <param name="input">What it takes.</param>
    /// <param name="samples">How many samples will be run.</param>
    /// <exception cref="ToolchainException">There is such a value, or an operator does not fit its inputs (<see cref="ErrorKind.BadInput"/>).</exception>
    public static void Check(Graph graph, IReadOnlyDictionary<string, TensorType> known, ForeignInput input, int samples)
    {
        var batch = input.Batch is { IsKnown: true, Value: var given } ? given : 1;
        var bound = graph.Inputs[0] with { Type = new(input.Element, Shape.Of([batch, .. input.Shape(1).Skip(1)])) };
        if (Bytes(Shape.Of([Math.Max(batch, samples), .. input.Shape(1).Skip(1)]), ElementType.Float32) > Most)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"Input '{input.Name}' is {bound.Type}, too large: {Math.Max(batch, samples)} samples of float32 may have {Most} bytes.");
        }

        var types = GraphTypes.Infer(graph with { Inputs = [bound] }, known);
        foreach (var node in graph.Nodes)
        {
            foreach (var output in node.Outputs.Where(static o => o.Length > 0))
            {
                if (types[output] is { Shape: { } shape, Element: not ElementType.Text } type && Bytes(shape, type.Element) > Most)
                {
                    throw new ToolchainException(ErrorKind.BadInput, $"{node}: its output '{output}' is {type}, more than the {Most} bytes that one value may have.");
                }
            }
        }
    }

    private static Int128 Bytes(Shape shape, ElementType element)
    {
        var bytes = (Int128)element.Size();
        foreach (var dimension in shape)
        {
            bytes = Int128.Min(bytes * (dimension.IsKnown ? Math.Max(0, dimension.Value) : 1), (Int128)1 << 64);
        }

        return bytes;
    }
}
