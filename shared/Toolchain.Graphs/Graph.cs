namespace Toolchain.Graphs;

/// <summary>A named input or output of a graph.</summary>
public sealed record ValueInfo(string Name, TensorType Type);

/// <summary>One application of an operator.</summary>
/// <param name="Name">Unique in the graph; the layer's path, such as <c>features.0</c>.</param>
/// <param name="Op">The operator with its attributes.</param>
/// <param name="Inputs">Names of values; an empty name is an optional input left out.</param>
/// <param name="Outputs">Names of values; an empty name is an optional output left out.</param>
public sealed record Node(string Name, Operator Op, EquatableArray<string> Inputs, EquatableArray<string> Outputs)
{
    /// <summary>The node as messages name it: <c>Conv node 'features.0'</c>.</summary>
    public override string ToString() => $"{Op.Type} node '{Name}'";
}

/// <summary>
/// A model: nodes in topological order between typed inputs and outputs, with named weights. Immutable; rewrites make new graphs that share the weights.
/// </summary>
public sealed record Graph
{
    /// <summary>The opset that operator records describe and that is written by default: the largest that ONNX's checker 1.12 and PyTorch 1.13 know.</summary>
    public const int DefaultOpset = 17;

    /// <summary>The graph's name.</summary>
    public required string Name { get; init; }

    /// <summary>Inputs, in order; initializers are not among them.</summary>
    public required EquatableArray<ValueInfo> Inputs { get; init; }

    /// <summary>Outputs, in order.</summary>
    public required EquatableArray<ValueInfo> Outputs { get; init; }

    /// <summary>Nodes, each after those whose outputs it reads.</summary>
    public required EquatableArray<Node> Nodes { get; init; }

    /// <summary>Weights by name, in the order of their creation. Constants that are not weights are <see cref="Constant"/> nodes.</summary>
    public required OrderedWeights Initializers { get; init; }

    /// <summary>Free-form text that travels in the file's <c>metadata_props</c>, sorted by key.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new SortedDictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// Names of initializers that training does not update by gradient: the running statistics of batch normalisations, other settings that operators
    /// take as inputs (bounds, scales, exponents), and single numbers without dimensions, which are constants of somebody's code and no weights.
    /// </summary>
    public IReadOnlySet<string> Buffers() => Nodes
        .SelectMany(static n => n.Op.Settings.Where(i => i < n.Inputs.Count).Select(i => n.Inputs[i]))
        .Where(Initializers.ContainsKey)
        .Concat(Initializers.Where(static p => p.Value.Dimensions.IsEmpty).Select(static p => p.Key))
        .ToHashSet(StringComparer.Ordinal);

    /// <summary>The value that <paramref name="name"/> always has, when it is an initializer or a <see cref="Constant"/>; otherwise null.</summary>
    public TensorData? ConstantValue(string name) => Initializers.TryGetValue(name, out var weight)
        ? weight
        : Nodes.FirstOrDefault(n => n.Op is Constant && n.Outputs[0] == name)?.Op is Constant constant ? constant.Value : null;
}
