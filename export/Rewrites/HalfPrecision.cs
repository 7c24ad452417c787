using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>Which nodes of a graph can compute in float16.</summary>
internal static class HalfPrecision
{
    /// <summary>
    /// The names of those nodes: convolutions and matrix products, and what works value by value or only moves values where it reads one of theirs.
    /// Normalisations, softmax, means over whole images and operators that are not known stay in float32, and so does a node with a constant that float16 cannot hold.
    /// </summary>
    public static HashSet<string> Nodes(Graph graph, GraphTypes types, Func<string, bool> fits)
    {
        var nodes = new HashSet<string>(StringComparer.Ordinal);
        var values = new HashSet<string>(StringComparer.Ordinal);
        foreach (var node in graph.Nodes)
        {
            var inputs = Inputs(node, types).ToArray();
            if (types[node.Outputs[0]]?.Element == ElementType.Float32 && inputs.Length > 0 && (IsProduct(node.Op) || (Follows(node.Op) && inputs.Any(values.Contains))) && inputs.All(fits))
            {
                nodes.Add(node.Name);
                values.UnionWith(node.Outputs);
            }
        }

        return nodes;
    }

    /// <summary>The inputs of a node that have the type of its output: not the scales of a <c>Resize</c>, which are always float32.</summary>
    public static IEnumerable<string> Inputs(Node node, GraphTypes types) =>
        (node.Op is Resize ? node.Inputs.Take(1) : node.Inputs).Where(i => i.Length > 0 && types[i]?.Element == ElementType.Float32);

    private static bool IsProduct(Operator op) => op is Conv or ConvTranspose or Gemm or MatMul;

    // What exponentiates, divides by itself or adds up many values is left out.
    private static bool Follows(Operator op) => op is
        Relu or LeakyRelu or PRelu or Elu or Clip or Sigmoid or Tanh or HardSigmoid or HardSwish or Gelu or Neg or Abs
        or Add or Sub or Mul or Div or Max or Min or Sum or Mean or Where or MaxPool or AveragePool or GlobalMaxPool
        or Flatten or Reshape or Transpose or Concat or Split or Slice or Gather or Squeeze or Unsqueeze or Expand or Tile
        or Pad or Resize or DepthToSpace or SpaceToDepth or Identity or Dropout;
}
