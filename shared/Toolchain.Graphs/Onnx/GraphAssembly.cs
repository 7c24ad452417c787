namespace Toolchain.Graphs.Onnx;

/// <summary>
/// Makes a <see cref="Graph"/> of what a file holds and <see cref="GraphRules"/> has checked: functions inlined, nodes in the form of the records. Of a graph inside a node, values
/// whose types are not stated are left out of its inputs and outputs.
/// </summary>
/// <param name="model">What the file holds.</param>
/// <param name="limits">Limits.</param>
/// <param name="isInside">Whether the graph stands inside a node: it is looked at and not worked with, so that operators may ask for what is not implemented.</param>
internal sealed class GraphAssembly(FileModel model, OnnxReadLimits limits, bool isInside = false) : FormContext
{
    private readonly FileGraph _file = model.Graph;
    private readonly bool _hasSubgraph = model.Graph.Nodes.Exists(HasSubgraph);
    private readonly Dictionary<string, TensorData> _constants = new(StringComparer.Ordinal);
    private readonly List<Node> _nodes = [];
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);
    private List<FileNode> _all = [];
    private HashSet<string>? _read;
    private Dictionary<string, int>? _reads;
    private readonly PartialTypes _types = new();

    internal Graph Build(IReadOnlyDictionary<string, string> metadata)
    {
        // Up to IR version 3 every initializer also stood among the inputs; nobody overrides weights at run time here.
        var inputs = Typed(_file.Inputs.Where(i => !_file.Initializers.ContainsKey(i.Name)));
        var nodes = model.Functions.Count == 0 ? _file.Nodes : new FunctionInliner(model, limits).Inline();
        _all = nodes;
        var names = Names(nodes);
        _taken.UnionWith(nodes.SelectMany(static n => n.Outputs).Concat(inputs.Select(static i => i.Name)).Concat(_file.Initializers.Keys));
        _types.Begin(inputs, _file);
        foreach (var (index, node) in nodes.Index())
        {
            Add(node with { Name = names[index] });
        }

        var graph = new Graph
        {
            Name = _file.Name,
            Inputs = inputs,
            Outputs = Typed(_file.Outputs),
            Nodes = _nodes.ToEquatableArray(),
            Initializers = new(_file.Initializers),
            Metadata = metadata,
        };
        return WithoutFoldedInputs(graph, nodes);
    }

    internal override TensorData? Constant(string name) => _file.Initializers.GetValueOrDefault(name) ?? _constants.GetValueOrDefault(name);

    internal override TensorType? Type(string name) => _types.Of(name, _nodes, Constant);

    internal override string NewName(string wanted) => UniqueName.Of(wanted, _taken);

    // A sub-graph may read any value.
    internal override bool IsRead(string name) => name.Length > 0
        && (_hasSubgraph || (_read ??= _all.SelectMany(static n => n.Inputs).Concat(_file.Outputs.Select(static o => o.Name)).ToHashSet(StringComparer.Ordinal)).Contains(name));

    internal override bool IsOwnWeight(string name) => _file.Initializers.ContainsKey(name) && !_hasSubgraph
        && (_reads ??= _all.SelectMany(static n => n.Inputs).Concat(_file.Outputs.Select(static o => o.Name)).CountBy(static value => value, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal))[name] == 1;

    internal override void FlattenWeight(string name) => _file.Initializers[name] = _file.Initializers[name].Reshape([_file.Initializers[name].ElementCount]);

    private void Add(FileNode node)
    {
        if (node.Domain.Length > 0)
        {
            Add(new Foreign(node.Type, node.Domain, node.Attributes.ToEquatableArray()), node);
            return;
        }

        var opset = node.Opset ?? model.Opset;
        if (node.Call is not null && OperatorSchema.Find(node.Type, opset)?.Problem(node) is { } problem)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"{node.Type} node '{node.Name}': {problem}.");
        }

        if (ReadingForms.Read(node, opset, this) is not { } translated)
        {
            Add(new Foreign(node.Type, "", node.Attributes.ToEquatableArray()) { Opset = opset }, node);
            return;
        }

        foreach (var part in translated)
        {
            Add(Read(part), part);
        }
    }

    private Operator Read(FileNode node)
    {
        try
        {
            return OperatorTable.Read(node.Name, node.Type, "", node.Attributes);
        }
        catch (ToolchainException refusal) when (isInside && refusal.Kind == ErrorKind.BadInput)
        {
            return new Foreign(node.Type, "", node.Attributes.ToEquatableArray());
        }
    }

    private void Add(Operator op, FileNode node)
    {
        _nodes.Add(new(node.Name, op, node.Inputs.ToEquatableArray(), node.Outputs.ToEquatableArray()));
        if (op is Graphs.Constant constant)
        {
            _constants[node.Outputs[0]] = constant.Value;
        }
    }

    private static EquatableArray<ValueInfo> Typed(IEnumerable<FileValue> values) => values.Where(static v => v.Type is not null).Select(static v => new ValueInfo(v.Name, v.Type!)).ToEquatableArray();

    // Names are free in ONNX; here they must be there and unique. The index makes them so, and it stays the same at every reading.
    private string[] Names(List<FileNode> nodes)
    {
        var names = nodes.Select(n => n.Name.Length > 0 && _taken.Add(n.Name) ? n.Name : "").ToArray();
        foreach (var (index, node) in nodes.Index())
        {
            if (names[index].Length == 0)
            {
                names[index] = UniqueName.Of($"{(node.Name.Length > 0 ? node.Name : node.Type)}_{index}", _taken);
            }
        }

        return names;
    }

    /// <summary>Drops constants that were read only by inputs that have become attributes; a sub-graph could read them too.</summary>
    private Graph WithoutFoldedInputs(Graph graph, List<FileNode> nodes)
    {
        if (_hasSubgraph)
        {
            return graph;
        }

        var used = graph.Nodes.SelectMany(static n => n.Inputs).Concat(graph.Outputs.Select(static o => o.Name)).ToHashSet(StringComparer.Ordinal);
        var folded = nodes.SelectMany(static n => n.Inputs).Where(i => !used.Contains(i)).ToHashSet(StringComparer.Ordinal);
        return folded.Count == 0 ? graph : graph with
        {
            Initializers = graph.Initializers.Select((name, data) => folded.Contains(name) ? null : data),
            Nodes = graph.Nodes.Where(n => n.Op is not Graphs.Constant || !folded.Contains(n.Outputs[0])).ToEquatableArray(),
        };
    }

    private static bool HasSubgraph(FileNode node) => node.Attributes.Exists(static a => a.Value is AttributeValue.Opaque);
}
