using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>
/// Merges a normalisation, or arithmetic with a constant for each channel, into the convolution or matrix product behind it, where nothing else reads what lies
/// between or the weight. What is added must reach every tap of the window, so a padded convolution takes only factors, and so does a transposed one,
/// whose taps at the border have fewer inputs.
/// </summary>
internal sealed record FoldIntoNext : Rewrite
{
    /// <inheritdoc/>
    public override string Name => "fold-into-next";

    /// <inheritdoc/>
    public override RewriteResult Apply(Graph graph)
    {
        var folded = 0;
        while (FoldOne(graph) is { } result)
        {
            graph = result;
            folded++;
        }

        return Changed(graph, new Change(folded, "folded"));
    }

    private static Graph? FoldOne(Graph graph)
    {
        if (!graph.Nodes.Any(static n => n.Op is BatchNormalization or Add or Sub or Mul or Div))
        {
            return null;
        }

        var (uses, constants, types) = (new ValueUses(graph), new ConstantValues(graph), GraphTypes.Infer(graph));
        foreach (var node in graph.Nodes)
        {
            if (Product.Of(node, constants, types) is { } product && uses.HasOneReader(product.WeightName)
                && uses.HasOneReader(node.Inputs[0]) && uses.Maker(node.Inputs[0]) is { } affineNode
                && affineNode.Inputs.FirstOrDefault(i => constants[i] is null) is { } input
                && types[input]?.Shape is { } shape && shape.Rank == product.OutputRank && shape[InputAxis(product)] == product.Inputs.Channels(product.Weight)
                && ChannelAffine.Of(affineNode, input, product.OutputRank, InputAxis(product), product.Inputs.Channels(product.Weight), constants) is { } affine
                && (affine.IsLinear || ReachesEveryTap(node.Op)) && FoldedParameters.Before(product, affine, constants) is { } parameters)
            {
                return Folded(graph, product, affineNode, input, parameters);
            }
        }

        return null;
    }

    private static int InputAxis(Product product) => product.Node.Op is Gemm { TransA: true } ? 0 : product.ChannelAxis;

    private static bool ReachesEveryTap(Operator op) => op switch
    {
        Conv { AutoPad: AutoPad.Valid } or Gemm or MatMul => true,
        Conv { AutoPad: AutoPad.Explicit } conv => conv.Pads.All(static p => p == 0),
        _ => false,
    };

    private static Graph Folded(Graph graph, Product product, Node affine, string input, FoldedParameters parameters)
    {
        var names = new ValueNames(graph);
        var weight = graph.Initializers.ContainsKey(product.WeightName) ? product.WeightName : names.New($"{product.Node.Name}.weight");
        var bias = parameters.Bias is null ? "" : names.New($"{product.Node.Name}.bias");
        var merged = product.With(weight, bias);
        var weights = graph.Initializers.Select((name, data) => name == weight ? parameters.Weight : data).ToList();
        if (weight != product.WeightName)
        {
            weights.Add(new(weight, parameters.Weight));
        }

        if (parameters.Bias is not null)
        {
            weights.Add(new(bias, parameters.Bias));
        }

        return graph with
        {
            Nodes = graph.Nodes.Where(n => n != affine).Select(n => n == product.Node ? merged with { Inputs = merged.Inputs.Select((i, index) => index == 0 ? input : i).ToEquatableArray() } : n).ToEquatableArray(),
            Initializers = new(weights),
        };
    }
}
