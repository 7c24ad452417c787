namespace Toolchain.Graphs.Onnx;

/// <summary>
/// Replaces calls of a model's own functions by the functions' nodes. A value inside is named after the call and itself, <c>CALL/VALUE</c>; inputs and
/// outputs keep the names that the caller gives them. <see cref="GraphRules"/> has checked the functions.
/// </summary>
internal sealed class FunctionInliner
{
    private readonly FileModel _file;
    private readonly OnnxReadLimits _limits;
    private readonly Dictionary<(string Domain, string Name, string Overload), FileFunction> _functions;
    private readonly HashSet<string> _taken;
    private readonly Dictionary<string, int> _used = new(StringComparer.Ordinal);
    private readonly HashSet<FileFunction> _active = [];
    private readonly List<FileNode> _result = [];
    private long _inlined;
    private long _characters;

    internal FunctionInliner(FileModel file, OnnxReadLimits limits)
    {
        (_file, _limits) = (file, limits);
        _functions = file.Functions.ToDictionary(static f => (f.Domain, f.Name, f.Overload));
        _taken = file.Graph.Nodes.SelectMany(static n => n.Outputs)
            .Concat(file.Graph.Inputs.Select(static i => i.Name))
            .Concat(file.Graph.Initializers.Keys)
            .ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>The graph's nodes without calls.</summary>
    internal List<FileNode> Inline()
    {
        foreach (var node in _file.Graph.Nodes)
        {
            Add(node, node.Name.Length > 0 ? node.Name : node.Type);
        }

        return _result;
    }

    private void Add(FileNode node, string path)
    {
        if (!_functions.TryGetValue((node.Domain, node.Type, node.Overload), out var function))
        {
            _result.Add(node);
            return;
        }

        if (!_active.Add(function))
        {
            throw Fail(function, "it calls itself");
        }

        if (_active.Count > _limits.MaxDepth)
        {
            throw Fail(function, $"functions call each other more than {_limits.MaxDepth} deep");
        }

        Inline(function, node, path);
        _active.Remove(function);
    }

    private void Inline(FileFunction function, FileNode call, string path)
    {
        if (call.Inputs.Count > function.Inputs.Count || call.Outputs.Count > function.Outputs.Count)
        {
            throw Fail(function, $"it has {function.Inputs.Count} inputs and {function.Outputs.Count} outputs, and '{path}' calls it with {call.Inputs.Count} and {call.Outputs.Count}");
        }

        var names = new Dictionary<string, string>(StringComparer.Ordinal) { [""] = "" };
        foreach (var (index, input) in function.Inputs.Index())
        {
            names[input] = index < call.Inputs.Count ? call.Inputs[index] : "";
        }

        var outputs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (index, output) in function.Outputs.Index())
        {
            outputs[output] = index < call.Outputs.Count && call.Outputs[index].Length > 0 ? call.Outputs[index] : New($"{path}/{output}");
        }

        // An input that is an output too goes through a node of its own: the caller has a name for each.
        var origin = call.Call ?? call;
        var opset = OpsetOf(function);
        foreach (var output in function.Outputs.Where(names.ContainsKey))
        {
            Count(function, path);
            _result.Add(new($"{path}/{output}", "Identity", "", [names[output]], [outputs[output]], []) { Opset = opset, Call = origin });
        }

        foreach (var (index, node) in function.Nodes.Index())
        {
            Count(function, path);
            var name = $"{path}/{(node.Name.Length > 0 ? node.Name : $"{node.Type}_{index}")}";
            var inputs = node.Inputs.ConvertAll(i => names[i]);
            foreach (var made in node.Outputs.Where(static o => o.Length > 0))
            {
                names.Add(made, outputs.TryGetValue(made, out var outside) ? outside : New($"{path}/{made}"));
            }

            Add(node with
            {
                Name = name,
                Inputs = inputs,
                Outputs = node.Outputs.ConvertAll(o => names[o]),
                Attributes = AttributesOf(function, index, call),
                References = [],
                Opset = opset,
                Call = origin,
            }, name);
        }
    }

    private static List<Attribute> AttributesOf(FileFunction function, int index, FileNode call)
    {
        var node = function.Nodes[index];
        if (node.Attributes.Exists(static a => a.Value is AttributeValue.Opaque))
        {
            throw Fail(function, $"its node {index} ({node.Type}) has a sub-graph or the like, which is not supported in functions. Inline it first, for example with onnx.inliner");
        }

        var referred = node.References
            .Select(r => (r.Name, Value: call.Value(r.Of) ?? function.Defaults.Find(d => d.Name == r.Of)?.Value))
            .Where(static r => r.Value is not null)
            .Select(static r => new Attribute(r.Name, r.Value!));
        return [.. node.Attributes, .. referred];
    }

    private int OpsetOf(FileFunction function)
    {
        var opset = function.Opsets.GetValueOrDefault("", _file.Opset);
        return opset is >= Opsets.FirstRead and <= Opsets.Last ? (int)opset : throw Fail(function, $"it is of opset {opset}; opsets {Opsets.FirstRead} to {Opsets.Last} can be read");
    }

    private string New(string wanted)
    {
        // Many calls may have one name; each number is tried once.
        _characters += wanted.Length;
        var name = wanted;
        while (!_taken.Add(name))
        {
            name = $"{wanted}_{_used[wanted] = _used.GetValueOrDefault(wanted) + 1}";
        }

        return name;
    }

    private void Count(FileFunction function, string path)
    {
        _characters += path.Length;
        if (++_inlined > _limits.MaxInlinedNodes || _characters > _limits.MaxTextBytes)
        {
            throw Fail(function, $"the calls of functions become more than {_limits.MaxInlinedNodes} nodes, or more than {_limits.MaxTextBytes} letters of names");
        }
    }

    private static ToolchainException Fail(FileFunction function, string problem) =>
        new(ErrorKind.BadInput, $"{function}: {problem}.");
}
