namespace Toolchain.Graphs.Onnx;

/// <summary>Makes a <see cref="Graph"/> of what a file holds, and checks what no single message can show: names and order.</summary>
internal sealed class GraphAssembly(FileGraph file, int opset, IReadOnlyDictionary<string, long> domains)
{
    private readonly Dictionary<string, TensorData> _constants = new(StringComparer.Ordinal);

    internal Graph Build(IReadOnlyDictionary<string, string> metadata)
    {
        // Up to IR version 3 every initializer also stood among the inputs; nobody overrides weights at run time here.
        var inputs = file.Inputs.Where(i => !file.Initializers.ContainsKey(i.Name)).ToEquatableArray();
        CheckValues(inputs);
        var names = Names();
        var nodes = new List<Node>(file.Nodes.Count);
        foreach (var (index, node) in file.Nodes.Index())
        {
            if (node.Domain.Length > 0 && !domains.ContainsKey(node.Domain))
            {
                throw Fail(index, $"its domain '{node.Domain}' is missing in opset_import");
            }

            nodes.Add(OpsetForms.Read(names[index], node, opset, ConstantValue));
            if (nodes[^1] is { Op: Constant constant } made)
            {
                _constants[made.Outputs[0]] = constant.Value;
            }
        }

        var graph = new Graph
        {
            Name = file.Name,
            Inputs = inputs,
            Outputs = file.Outputs.ToEquatableArray(),
            Nodes = nodes.ToEquatableArray(),
            Initializers = new(file.Initializers),
            Metadata = metadata,
        };
        return WithoutFoldedInputs(graph);
    }

    private TensorData? ConstantValue(string name) => file.Initializers.GetValueOrDefault(name) ?? _constants.GetValueOrDefault(name);

    private void CheckValues(EquatableArray<ValueInfo> inputs)
    {
        var made = new HashSet<string>(file.Initializers.Keys, StringComparer.Ordinal);
        foreach (var (index, input) in inputs.Index())
        {
            if (!made.Add(input.Name))
            {
                throw new ToolchainException(ErrorKind.BadInput, $"graph.input[{index}] '{input.Name}': two inputs have this name.");
            }
        }

        foreach (var (index, node) in file.Nodes.Index())
        {
            if (node.Inputs.Find(i => i.Length > 0 && !made.Contains(i)) is { } missing)
            {
                var later = file.Nodes.FindIndex(index, n => n.Outputs.Contains(missing));
                throw Fail(index, later >= 0
                    ? $"it reads '{missing}', which only graph.node[{later}] makes. Nodes must be in topological order"
                    : $"it reads '{missing}', which no node makes and which is no input or initializer");
            }

            if (node.Outputs.Find(o => o.Length > 0 && !made.Add(o)) is { } twice)
            {
                throw Fail(index, $"it makes '{twice}', which exists already. Every value must have its own name");
            }

            if (node.Outputs[0].Length == 0 && node.Domain.Length == 0 && OperatorTable.Known.Contains(node.Type))
            {
                throw Fail(index, "its first output has no name");
            }
        }

        CheckOutputs(made);
    }

    private void CheckOutputs(HashSet<string> made)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (index, output) in file.Outputs.Index())
        {
            if (!made.Contains(output.Name) || !seen.Add(output.Name))
            {
                throw new ToolchainException(ErrorKind.BadInput, $"graph.output[{index}] '{output.Name}': {(made.Contains(output.Name) ? "two outputs have this name" : "no node makes this value")}.");
            }
        }
    }

    // Names are free in ONNX; here they must be there and unique. The index makes them so, and it stays the same at every reading.
    private string[] Names()
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        var names = file.Nodes.Select(n => n.Name.Length > 0 && taken.Add(n.Name) ? n.Name : "").ToArray();
        foreach (var (index, node) in file.Nodes.Index())
        {
            if (names[index].Length == 0)
            {
                names[index] = UniqueName.Of($"{(node.Name.Length > 0 ? node.Name : node.Type)}_{index}", taken);
            }
        }

        return names;
    }

    /// <summary>Drops constants that were read only by inputs that have become attributes; a sub-graph could read them too.</summary>
    private Graph WithoutFoldedInputs(Graph graph)
    {
        if (graph.Nodes.SelectMany(static n => n.Op.Attributes).Any(static a => a.Value is AttributeValue.Opaque))
        {
            return graph;
        }

        var used = graph.Nodes.SelectMany(static n => n.Inputs).Concat(graph.Outputs.Select(static o => o.Name)).ToHashSet(StringComparer.Ordinal);
        var folded = file.Nodes.SelectMany(static n => n.Inputs).Where(i => !used.Contains(i)).ToHashSet(StringComparer.Ordinal);
        return folded.Count == 0 ? graph : graph with
        {
            Initializers = graph.Initializers.Select((name, data) => folded.Contains(name) ? null : data),
            Nodes = graph.Nodes.Where(n => n.Op is not Constant || !folded.Contains(n.Outputs[0])).ToEquatableArray(),
        };
    }

    private ToolchainException Fail(int index, string problem)
    {
        var node = file.Nodes[index];
        return new(ErrorKind.BadInput, $"graph.node[{index}] {node.Type}{(node.Name.Length > 0 ? $" '{node.Name}'" : "")}: {problem}.");
    }
}
