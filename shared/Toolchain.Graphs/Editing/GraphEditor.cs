namespace Toolchain.Graphs.Editing;

/// <summary>A graph under change. Types are looked at only as far as each change needs; the whole is checked at the end.</summary>
/// <param name="graph">The graph as it was.</param>
/// <param name="seed">Decides the first values of new parameters.</param>
/// <param name="leaving">The names of all nodes that changes will take out: weights that only they read may be given new values.</param>
internal sealed class GraphEditor(Graph graph, long seed, IReadOnlySet<string> leaving)
{
    private readonly List<string> _changes = [];
    private readonly Dictionary<string, string> _newParameters = new(StringComparer.Ordinal);

    /// <summary>Replaces or removes one use of a layer.</summary>
    public void Change(GraphEdit edit, string layer, EquatableArray<string> nodes)
    {
        var region = Region.Of(graph, layer, nodes);
        var before = graph.Nodes.Where(n => region.Nodes.Contains(n.Name) && n.Op is not Constant).ToArray();
        Record($"{layer}: {(before is [var only] ? only.Op.Type : $"{before.Length} nodes")} → {(edit is GraphEdit.Replace { With: var with } ? with : "removed")}");
        if (edit is GraphEdit.Replace replace)
        {
            Insert(replace, layer, region);
        }
        else
        {
            Remove(layer, region);
        }
    }

    /// <summary>Gives the network another head.</summary>
    public void ReplaceHead(int classes)
    {
        (graph, var change) = Head.Of(graph).Replace(graph, classes, seed);
        Record(change);
    }

    /// <summary>The changed graph, checked from its inputs to its outputs.</summary>
    public EditedGraph Finish()
    {
        Sweep();
        var types = Types(graph);
        graph = graph with { Outputs = graph.Outputs.Select(o => types[o.Name] is { } type ? o with { Type = type } : o).ToEquatableArray() };
        return new(graph, _changes.ToEquatableArray());
    }

    private void Insert(GraphEdit.Replace replace, string layer, Region region)
    {
        var input = Types(graph with { Nodes = graph.Nodes.Take(region.Position).ToEquatableArray(), Outputs = [] })[region.Input];
        if (input?.Shape is null)
        {
            throw new ToolchainException(ErrorKind.Usage, $"Layer '{layer}' cannot be replaced: the shape of its input '{region.Input}' is not known.");
        }

        var part = Build(replace, layer, region.Input, input);
        var (before, behind) = Around(region);
        graph = graph with { Nodes = [.. before, .. behind] };
        Adopt(part, layer);
        var names = new PartNaming(graph, region, part.Outputs[0].Name);
        graph = graph with { Nodes = [.. before, .. part.Nodes.Select(names.Of), .. behind] };
    }

    private Graph Build(GraphEdit.Replace replace, string layer, string input, TensorType type)
    {
        var net = new GraphBuilder(graph.Name, seed);
        var x = net.Input(input, type.Element, type.Shape!);
        try
        {
            var y = net.Apply(layer, replace.With.ToLayer(), x);
            net.Output(y.Name, y);
            return net.Build();
        }
        catch (ToolchainException unfit) when (unfit.Kind == ErrorKind.BadInput)
        {
            throw new ToolchainException(ErrorKind.Usage, $"{replace.With} does not fit in the place of '{layer}': {unfit.Message}", unfit);
        }
    }

    private void Remove(string layer, Region region)
    {
        var (before, behind) = Around(region);
        var isOutput = graph.Outputs.Any(o => o.Name == region.Output);
        var isFree = !isOutput || (graph.Inputs.All(i => i.Name != region.Input) && graph.Outputs.All(o => o.Name != region.Input));
        var (from, to) = isOutput && isFree ? (region.Input, region.Output) : (region.Output, region.Input);
        string Renamed(string name) => name == from ? to : name;

        // The graph's output keeps its name; where the value before has a name of its own to keep, a node passes it on.
        graph = graph with
        {
            Nodes = isFree
                ? [.. before.Concat(behind).Select(n => n with { Inputs = n.Inputs.Select(Renamed).ToEquatableArray(), Outputs = n.Outputs.Select(Renamed).ToEquatableArray() })]
                : [.. before, new(layer, new Identity(), [region.Input], [region.Output]), .. behind],
        };
    }

    private (Node[] Before, Node[] Behind) Around(Region region) => (
        [.. graph.Nodes.Take(region.Position).Where(n => !region.Nodes.Contains(n.Name))],
        [.. graph.Nodes.Skip(region.Position).Where(n => !region.Nodes.Contains(n.Name))]);

    // Uses of one layer share its new parameters.
    private void Adopt(Graph part, string layer)
    {
        foreach (var (name, data) in part.Initializers)
        {
            if (_newParameters.TryGetValue(name, out var owner) && owner == layer)
            {
                if (graph.Initializers[name].Dimensions != data.Dimensions)
                {
                    throw new ToolchainException(ErrorKind.Usage, $"Layer '{layer}' is used several times with one set of parameters, but its {name} would be {graph.Initializers[name].Dimensions} at first and {data.Dimensions} later.");
                }

                continue;
            }

            if (graph.Nodes.FirstOrDefault(n => n.Inputs.Contains(name) && !leaving.Contains(n.Name)) is { } reader)
            {
                throw new ToolchainException(ErrorKind.Usage, $"Layer '{layer}' cannot be replaced: its parameter {name} is also read by {reader}.");
            }

            _newParameters[name] = layer;
            graph = graph with { Initializers = new(graph.Initializers.Where(p => p.Key != name).Append(new(name, data))) };
        }
    }

    // Drops constants and weights that nothing reads any more; weights come in the order of the layers that read them.
    private void Sweep()
    {
        var read = graph.Nodes.SelectMany(static n => n.Inputs).Concat(graph.Outputs.Select(static o => o.Name)).Distinct().ToArray();
        var used = read.ToHashSet(StringComparer.Ordinal);
        graph = graph with
        {
            Nodes = graph.Nodes.Where(n => n.Op is not Constant || used.Contains(n.Outputs[0])).ToEquatableArray(),
            Initializers = new(read.Where(graph.Initializers.ContainsKey).Select(name => KeyValuePair.Create(name, graph.Initializers[name]))),
        };
    }

    private GraphTypes Types(Graph part)
    {
        try
        {
            return GraphTypes.Infer(part);
        }
        catch (ToolchainException unfit) when (unfit.Kind == ErrorKind.BadInput)
        {
            throw new ToolchainException(ErrorKind.Usage, $"After the change ({string.Join("; ", _changes)}) a layer no longer fits: {unfit.Message} Replace or remove it too, or choose sizes that leave its input as it was.", unfit);
        }
    }

    private void Record(string change)
    {
        if (!_changes.Contains(change))
        {
            _changes.Add(change);
        }
    }
}
