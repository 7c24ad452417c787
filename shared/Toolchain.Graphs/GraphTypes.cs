namespace Toolchain.Graphs;

/// <summary>The types of all values of a graph, found by one walk over its nodes.</summary>
public sealed class GraphTypes
{
    private readonly Dictionary<string, TensorType> _types = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorData> _constants = new(StringComparer.Ordinal);
    private readonly Dictionary<string, KnownIntegers> _integers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, NodeContext> _contexts = new(StringComparer.Ordinal);

    private readonly GraphTypes? _around;

    private GraphTypes(GraphTypes? around = null) => _around = around;

    /// <summary>The type of a value; null when nothing is known of it, as behind a foreign operator.</summary>
    public TensorType? this[string value] => _types.GetValueOrDefault(value) ?? _around?[value];

    /// <summary>What is known of a small integer value that the graph computes or holds, such as a shape; null when nothing is.</summary>
    public KnownIntegers? Integers(string value) => _integers.GetValueOrDefault(value) ?? (Constant(value) is { } constant ? KnownIntegers.Of(constant) : null);

    /// <summary>What is known around a node.</summary>
    public NodeContext Of(Node node) => _contexts[node.Name];

    /// <summary>
    /// Infers the type of every value and checks the structure on the way: inputs exist before they are read, and each value is made once.
    /// </summary>
    /// <param name="graph">The graph.</param>
    /// <param name="known">Types that a file states for values behind foreign operators.</param>
    /// <exception cref="ToolchainException">The graph is not well formed; the message names the node (<see cref="ErrorKind.BadInput"/>).</exception>
    public static GraphTypes Infer(Graph graph, IReadOnlyDictionary<string, TensorType>? known = null)
    {
        var types = new GraphTypes();
        foreach (var input in graph.Inputs)
        {
            types.Define(input.Name, input.Type, "the graph's inputs");
        }

        foreach (var (name, weight) in graph.Initializers)
        {
            types.Define(name, weight.TensorType, "the graph's initializers");
            types._constants[name] = weight;
        }

        var defined = new HashSet<string>(types._types.Keys, StringComparer.Ordinal);
        foreach (var node in graph.Nodes)
        {
            types.Visit(node, defined, known);
        }

        foreach (var output in graph.Outputs)
        {
            if (!defined.Contains(output.Name))
            {
                throw new ToolchainException(ErrorKind.BadInput, $"Output '{output.Name}' of graph '{graph.Name}' is made by no node.");
            }
        }

        return types;
    }

    /// <summary>
    /// Infers what it can of the types in a graph inside a node. Its sizes may change from round to round, and nobody computes with it here: a node whose inputs do not fit gives nothing.
    /// </summary>
    /// <param name="inner">The graph.</param>
    /// <param name="known">Types of its inputs, and types that the file states for values inside.</param>
    /// <param name="around">The types around it, which it can read.</param>
    public static GraphTypes InferInside(Graph inner, IReadOnlyDictionary<string, TensorType> known, GraphTypes around)
    {
        var types = new GraphTypes(around);
        foreach (var (name, weight) in inner.Initializers)
        {
            (types._types[name], types._constants[name]) = (weight.TensorType, weight);
        }

        foreach (var (name, type) in known)
        {
            types._types.TryAdd(name, type);
        }

        foreach (var node in inner.Nodes)
        {
            var context = types.ContextOf(node);
            foreach (var (output, type) in node.Outputs.Zip(context.Types.Where((type, i) => type is null && node.Inputs[i].Length > 0).Any() ? [] : OutputsIfAny(context)))
            {
                types._types[output] = type;
            }

            if (node.Op is Constant constant)
            {
                types._constants[node.Outputs[0]] = constant.Value;
            }
        }

        return types;
    }

    private static EquatableArray<TensorType> OutputsIfAny(NodeContext context)
    {
        try
        {
            return Outputs(context);
        }
        catch (ToolchainException misfit) when (misfit.Kind == ErrorKind.BadInput)
        {
            return [];
        }
    }

    private TensorData? Constant(string name) => _constants.GetValueOrDefault(name) ?? _around?.Constant(name);

    private NodeContext ContextOf(Node node) => new(node, [.. node.Inputs.Select(i => i.Length == 0 ? null : this[i])], Constant, _integers.GetValueOrDefault);

    private void Visit(Node node, HashSet<string> defined, IReadOnlyDictionary<string, TensorType>? known)
    {
        if (node.Inputs.FirstOrDefault(i => i.Length > 0 && !defined.Contains(i)) is { } missing)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"{node}: input '{missing}' is not made by any earlier node, and is no input or initializer of the graph.");
        }

        var context = ContextOf(node);
        if (!_contexts.TryAdd(node.Name, context))
        {
            throw new ToolchainException(ErrorKind.BadInput, $"Two nodes are named '{node.Name}'; names must be unique.");
        }

        // Behind a foreign operator a type may be missing altogether; then nothing can be said of what follows either.
        var unknown = node.Inputs.Where((name, i) => name.Length > 0 && context.Types[i] is null).Any();
        var outputs = unknown ? [] : Outputs(context);
        for (var i = 0; i < node.Outputs.Count; i++)
        {
            var name = node.Outputs[i];
            if (name.Length == 0)
            {
                continue;
            }

            if (!defined.Add(name))
            {
                throw new ToolchainException(ErrorKind.BadInput, $"{node}: value '{name}' is made twice.");
            }

            if (i < outputs.Count)
            {
                _types[name] = outputs[i];
            }
            else if (known?.GetValueOrDefault(name) is { } stated)
            {
                _types[name] = stated;
            }
        }

        if (node.Op is Constant constant)
        {
            _constants[node.Outputs[0]] = constant.Value;
        }
        else if (outputs.Count > 0 && node.Op.Known(context, outputs[0]) is { } integers)
        {
            _integers[node.Outputs[0]] = integers;
        }
    }

    private static EquatableArray<TensorType> Outputs(NodeContext context)
    {
        try
        {
            return context.Node.Op.Infer(context);
        }
        catch (OverflowException)
        {
            throw context.Fail("its sizes exceed 2^63");
        }
    }

    private void Define(string name, TensorType type, string where)
    {
        if (!_types.TryAdd(name, type))
        {
            throw new ToolchainException(ErrorKind.BadInput, $"Value '{name}' stands twice among {where}.");
        }
    }
}
