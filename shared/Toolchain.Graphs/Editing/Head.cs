namespace Toolchain.Graphs.Editing;

/// <summary>
/// The layer that decides the number of classes: the last convolution or matrix product with weights of its own before the graph's first output, with
/// nothing behind it but activations, pooling and changes of shape.
/// </summary>
/// <param name="Product">The convolution or matrix product.</param>
/// <param name="BiasInput">Where the bias comes in: the name of a weight; null when there is none.</param>
internal sealed record Head(Node Product, string? BiasInput)
{
    /// <summary>Finds it.</summary>
    /// <exception cref="ToolchainException">The output is made in another way (<see cref="ErrorKind.Usage"/>).</exception>
    public static Head Of(Graph graph)
    {
        var makers = graph.Nodes.SelectMany(static n => n.Outputs.Select(o => (Value: o, Node: n))).ToDictionary(static p => p.Value, static p => p.Node, StringComparer.Ordinal);
        string? bias = null;
        for (var value = graph.Outputs[0].Name; makers.TryGetValue(value, out var node);)
        {
            var weights = node.Inputs.Where(i => graph.Initializers.GetValueOrDefault(i) is { ElementCount: > 1 } data && data.Type.IsFloat()).ToArray();
            if (node.Op is Conv or Gemm or MatMul && graph.Initializers.ContainsKey(node.Inputs[1]))
            {
                return new(node, node.Op is MatMul ? bias : node.Inputs.ElementAtOrDefault(2));
            }

            // A fully connected layer may be written as a product and a sum.
            var computed = node.Inputs.Where(makers.ContainsKey).Where(i => makers[i].Op is not Constant).ToArray();
            bias = node.Op is Add && weights is [var summand] ? summand : weights.Length == 0 ? bias : throw Missing(graph, node);
            value = computed is [var before] ? before : throw Missing(graph, node);
        }

        throw Missing(graph, null);
    }

    /// <summary>The number of outputs.</summary>
    public long Classes(Graph graph) => graph.Initializers[Product.Inputs[1]].Dimensions[ClassAxis];

    /// <summary>The graph with a head of another number of outputs and fresh weights under the old names.</summary>
    public (Graph Graph, string Change) Replace(Graph graph, int classes, long seed)
    {
        var weight = Product.Inputs[1];
        var shape = graph.Initializers[weight].Dimensions;
        string[] names = BiasInput is { Length: > 0 } bias ? [weight, bias] : [weight];
        foreach (var name in names)
        {
            if (graph.Initializers.GetValueOrDefault(name) is not { Type: ElementType.Float32 } || graph.Nodes.Count(n => n.Inputs.Contains(name)) > 1)
            {
                throw new ToolchainException(ErrorKind.Usage, $"The head of graph '{graph.Name}' cannot be replaced: {name} is not a float32 weight of {Product} alone.");
            }
        }

        if (Product.Op is Conv { Group: > 1 })
        {
            throw new ToolchainException(ErrorKind.Usage, $"The head of graph '{graph.Name}' cannot be replaced: {Product} is a convolution in groups.");
        }

        var first = Initialization.Default(shape.Aggregate(1L, static (product, d) => product * d) / Math.Max(1, shape[ClassAxis]));
        var sizes = shape.Select((d, axis) => axis == ClassAxis ? classes : d).ToEquatableArray();
        var changed = graph with
        {
            Initializers = graph.Initializers.Select((name, data) =>
                name == weight ? first.Tensor(name, sizes, seed)
                : names.Contains(name) ? first.Tensor(name, [.. Enumerable.Repeat(1L, Math.Max(0, data.Dimensions.Count - 1)), classes], seed)
                : data),
        };
        return (changed, FormattableString.Invariant($"{Product.Name}: {shape[ClassAxis]} → {classes} classes, new {string.Join(" and ", names)}"));
    }

    private int ClassAxis => Product.Op switch
    {
        Conv => 0,
        Gemm gemm => gemm.TransB ? 0 : 1,
        MatMul => 1,
        var other => throw new InvalidOperationException($"{other.Type} is no head."),
    };

    private static ToolchainException Missing(Graph graph, Node? at) => new(
        ErrorKind.Usage,
        $"Graph '{graph.Name}' has no head that could be replaced: {(at is null ? "no layer with weights makes its output" : $"its output comes from {at}")}, and a convolution or fully connected layer with weights of its own was expected. Name the layer to replace: --replace NAME=LAYER.");
}
