namespace Toolchain.Graphs.Onnx;

/// <summary>
/// The rules that names and nodes keep wherever they stand (onnx/docs/IR.md): in the model's graph, in the graphs inside its nodes, the branches of If and the bodies of Loop and
/// Scan, and in its functions. A name is made once, in the graph or one around it, before it is read; a node has the inputs, outputs and attributes of its operator.
/// </summary>
/// <remarks>
/// What ONNX's checker refuses is refused here too, except what models in use have and ONNX Runtime runs alike:
/// <list type="table">
/// <item><term>graph outputs without a shape</term><description>PyTorch leaves out ranks that it cannot see, and what is written states them.</description></item>
/// <item><term>inputs and initializers inside a node that hide a name around it</term><description>ONNX Runtime reads the inner one; what nodes make must have its own name.</description></item>
/// <item><term>attributes that are empty lists</term><description>An empty list of axes says something, and later checkers take it.</description></item>
/// <item><term>functions of another opset than the model's</term><description>Calls are replaced by nodes in the form of one opset.</description></item>
/// <item><term>operators of the default domain that are not in the table</term><description>The table ends at opset <see cref="Graph.DefaultOpset"/>; whether an operator exists is asked when a graph is verified.</description></item>
/// </list>
/// </remarks>
internal sealed class GraphRules
{
    // The first file format whose initializers need not be inputs, too.
    private const long FreeInitializers = 4;

    private readonly FileModel _model;
    private readonly HashSet<string> _domains;
    private readonly HashSet<(string Domain, string Name, string Overload)> _functions;

    internal GraphRules(FileModel model)
    {
        _model = model;
        _domains = model.Domains.Keys.Concat(model.Functions.Select(static f => f.Domain)).Append("").ToHashSet(StringComparer.Ordinal);
        _functions = model.Functions.Select(static f => (f.Domain, f.Name, f.Overload)).ToHashSet();
    }

    /// <summary>Checks the graph, all graphs inside it, and the functions.</summary>
    /// <exception cref="ToolchainException">A rule is broken; the message names the node and where it stands (<see cref="ErrorKind.BadInput"/>).</exception>
    internal void Check()
    {
        CheckInitializers();
        var place = new GraphPlace("graph.", "");
        Check(_model.Graph, new(null), place, _model.Opset);
        if (_model.Graph.Outputs.GroupBy(static o => o.Name, StringComparer.Ordinal).FirstOrDefault(static g => g.Count() > 1) is { } twice)
        {
            throw place.Fail("output", _model.Graph.Outputs.FindLastIndex(o => o.Name == twice.Key), twice.Key, "two outputs have this name");
        }

        if (_functions.Count < _model.Functions.Count)
        {
            var function = _model.Functions.GroupBy(static f => (f.Domain, f.Name, f.Overload)).First(static g => g.Count() > 1).First();
            throw new ToolchainException(ErrorKind.BadInput, $"{function}: two functions have this name.");
        }

        foreach (var function in _model.Functions)
        {
            Check(function);
        }
    }

    private void Check(FileGraph graph, NameScope names, GraphPlace place, int opset)
    {
        // An initializer with the name of an input is that input's default.
        foreach (var (index, input) in graph.Inputs.Index())
        {
            if (!names.AddHere(input.Name))
            {
                throw place.Fail("input", index, input.Name, "two inputs have this name");
            }
        }

        foreach (var weight in graph.Initializers.Keys)
        {
            names.AddHere(weight);
        }

        CheckNodes(graph.Nodes, names, place, opset);
        if (graph.Outputs.Index().FirstOrDefault(o => !names.Has(o.Item.Name)) is { Item: { } missing } output)
        {
            throw place.Fail("output", output.Index, missing.Name, "no node makes this value");
        }
    }

    private void Check(FileFunction function)
    {
        var (names, place) = (new NameScope(null), new GraphPlace("", $" in {function}"));
        foreach (var (index, input) in function.Inputs.Index())
        {
            if (input.Length == 0 || !names.AddHere(input))
            {
                throw place.Fail("input", index, input, input.Length == 0 ? "it has no name" : "two inputs have this name");
            }
        }

        if (function.Nodes.Index().FirstOrDefault(n => !function.Opsets.ContainsKey(n.Item.Domain)) is { Item: { } stray } found)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"{place.Of(found.Index, stray)}: its domain '{(stray.Domain.Length == 0 ? "ai.onnx" : stray.Domain)}' is missing in the function's opset_import.");
        }

        CheckNodes(function.Nodes, names, place, (int)Math.Clamp(function.Opsets.GetValueOrDefault(""), 0, int.MaxValue));
        CheckOutputs(function, names, place);
        if (function.Attributes.Concat(function.Defaults.Select(static d => d.Name)).GroupBy(static a => a, StringComparer.Ordinal).FirstOrDefault(static g => g.Count() > 1) is { } twice)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"{function}: two attributes are named '{twice.Key}'.");
        }
    }

    private static void CheckOutputs(FileFunction function, NameScope names, GraphPlace place)
    {
        var outputs = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (index, output) in function.Outputs.Index())
        {
            if (!names.Has(output) || !outputs.Add(output))
            {
                throw place.Fail("output", index, output, names.Has(output) ? "two outputs have this name" : "no node makes this value");
            }
        }
    }

    private void CheckNodes(List<FileNode> nodes, NameScope names, GraphPlace place, int opset)
    {
        foreach (var (index, node) in nodes.Index())
        {
            if (node.Inputs.Find(i => i.Length > 0 && !names.Has(i)) is { } missing)
            {
                var later = nodes.FindIndex(index, n => n.Outputs.Contains(missing));
                throw Fail(later >= 0
                    ? $"it reads '{missing}', which only {place.Prefix}node[{later}] makes. Nodes must be in topological order"
                    : $"it reads '{missing}', which no node before it makes and which is no input or initializer");
            }

            if (!_domains.Contains(node.Domain))
            {
                throw Fail($"its domain '{node.Domain}' is missing in opset_import");
            }

            foreach (var body in node.Bodies)
            {
                Check(body.Graph, new(names), place.Inside(index, node, body.Attribute), opset);
            }

            if (node.Outputs.Find(o => o.Length > 0 && !names.Add(o)) is { } twice)
            {
                throw Fail($"it makes '{twice}', which exists already. Every value must have its own name");
            }

            if (OperatorProblem(node, opset, place) is { } problem)
            {
                throw Fail(problem);
            }

            ToolchainException Fail(string what) => new(ErrorKind.BadInput, $"{place.Of(index, node)}: {what}.");
        }
    }

    private string? OperatorProblem(FileNode node, int opset, GraphPlace place)
    {
        if (_functions.Contains((node.Domain, node.Type, node.Overload)))
        {
            return place.IsInsideNode ? "it calls a function of the model from a graph inside a node, which is not supported. Inline it first, for example with onnx.inliner" : null;
        }

        return node.Domain.Length > 0 ? null
            : node.Outputs[0].Length == 0 && OperatorTable.Known.Contains(node.Type) ? "its first output has no name"
            : OperatorSchema.Find(node.Type, opset)?.Problem(node) ?? BodyRules.Problem(node, opset);
    }

    private void CheckInitializers()
    {
        var graph = _model.Graph;
        if (graph.Inputs.Find(i => graph.Initializers.TryGetValue(i.Name, out var weight) && !Fits(i.Type!, weight)) is { } other)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"graph.input '{other.Name}' is {other.Type}, and the initializer of that name is {graph.Initializers[other.Name]}.");
        }

        var inputs = graph.Inputs.Select(static i => i.Name).ToHashSet(StringComparer.Ordinal);
        if (_model.IrVersion < FreeInitializers && graph.Initializers.Keys.FirstOrDefault(name => !inputs.Contains(name)) is { } missing)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"initializer '{missing}' is no input of the graph, which ir_version {_model.IrVersion} asks for; from {FreeInitializers} on it need not be one.");
        }
    }

    private static bool Fits(TensorType declared, TensorData weight) => declared.Element == weight.Type
        && (declared.Shape is not { } shape || (shape.Rank == weight.Dimensions.Count && shape.Zip(weight.Dimensions).All(static d => d.First.Admits(d.Second))));
}
