namespace Toolchain.Graphs.Onnx;

/// <summary>
/// Makes a <see cref="Graph"/> of what a file holds: functions inlined, nodes in the form of the records. Checks what no single message can show: names
/// and order.
/// </summary>
internal sealed class GraphAssembly(FileModel model, OnnxReadLimits limits) : FormContext
{
    // The first file format whose initializers need not be inputs, too.
    private const long FreeInitializers = 4;

    private readonly FileGraph _file = model.Graph;
    private readonly bool _hasSubgraph = model.Graph.Nodes.Exists(HasSubgraph);
    private readonly HashSet<string> _ownDomains = model.Functions.Select(static f => f.Domain).ToHashSet(StringComparer.Ordinal);
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
        var inputs = _file.Inputs.Where(i => !_file.Initializers.ContainsKey(i.Name)).ToEquatableArray();
        CheckValues(inputs);
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
            Outputs = _file.Outputs.ToEquatableArray(),
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
        if (OperatorSchema.Find(node.Type, opset)?.Problem(node) is { } problem)
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
            Add(OperatorTable.Read(part.Name, part.Type, "", part.Attributes), part);
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

    private void CheckValues(EquatableArray<ValueInfo> inputs)
    {
        CheckInitializers();
        var made = new HashSet<string>(_file.Initializers.Keys, StringComparer.Ordinal);
        var domains = model.Domains.Keys.Concat(_ownDomains).ToHashSet(StringComparer.Ordinal);
        foreach (var (index, input) in inputs.Index())
        {
            if (!made.Add(input.Name))
            {
                throw new ToolchainException(ErrorKind.BadInput, $"graph.input[{index}] '{input.Name}': two inputs have this name.");
            }
        }

        foreach (var (index, node) in _file.Nodes.Index())
        {
            if (node.Inputs.Find(i => i.Length > 0 && !made.Contains(i)) is { } missing)
            {
                var later = _file.Nodes.FindIndex(index, n => n.Outputs.Contains(missing));
                throw Fail(index, later >= 0
                    ? $"it reads '{missing}', which only graph.node[{later}] makes. Nodes must be in topological order"
                    : $"it reads '{missing}', which no node makes and which is no input or initializer");
            }

            if (node.Attributes.Select(a => a.Value is AttributeValue.Opaque inside ? SubgraphNames.Problem(inside, made.Contains, domains, limits) : null).FirstOrDefault(static p => p is not null) is { } problem)
            {
                throw Fail(index, problem);
            }

            if (node.Outputs.Find(o => o.Length > 0 && !made.Add(o)) is { } twice)
            {
                throw Fail(index, $"it makes '{twice}', which exists already. Every value must have its own name");
            }

            if (node.Domain.Length > 0 && !domains.Contains(node.Domain))
            {
                throw Fail(index, $"its domain '{node.Domain}' is missing in opset_import");
            }

            if (node.Outputs[0].Length == 0 && node.Domain.Length == 0 && OperatorTable.Known.Contains(node.Type))
            {
                throw Fail(index, "its first output has no name");
            }
        }

        CheckOutputs(made);
    }

    private void CheckInitializers()
    {
        if (_file.Inputs.Find(i => _file.Initializers.TryGetValue(i.Name, out var weight) && !Fits(i.Type, weight)) is { } other)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"graph.input '{other.Name}' is {other.Type}, and the initializer of that name is {_file.Initializers[other.Name]}.");
        }

        var inputs = _file.Inputs.Select(static i => i.Name).ToHashSet(StringComparer.Ordinal);
        if (model.IrVersion < FreeInitializers && _file.Initializers.Keys.FirstOrDefault(name => !inputs.Contains(name)) is { } missing)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"initializer '{missing}' is no input of the graph, which ir_version {model.IrVersion} asks for; from {FreeInitializers} on it need not be one.");
        }
    }

    private static bool Fits(TensorType declared, TensorData weight) => declared.Element == weight.Type
        && (declared.Shape is not { } shape || (shape.Rank == weight.Dimensions.Count && shape.Zip(weight.Dimensions).All(static d => d.First.Admits(d.Second))));

    private void CheckOutputs(HashSet<string> made)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (index, output) in _file.Outputs.Index())
        {
            if (!made.Contains(output.Name) || !seen.Add(output.Name))
            {
                throw new ToolchainException(ErrorKind.BadInput, $"graph.output[{index}] '{output.Name}': {(made.Contains(output.Name) ? "two outputs have this name" : "no node makes this value")}.");
            }
        }
    }

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

    private ToolchainException Fail(int index, string problem)
    {
        var node = _file.Nodes[index];
        return new(ErrorKind.BadInput, $"graph.node[{index}] {node.Type}{(node.Name.Length > 0 ? $" '{node.Name}'" : "")}: {problem}.");
    }
}
