using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>One graph on its way to float16: casts and converted constants are made where they are first needed.</summary>
internal sealed class HalfConversion
{
    private readonly Graph _graph;
    private readonly GraphTypes _types;
    private readonly ConstantValues _constants;
    private readonly ValueNames _names;
    private readonly ValueUses _uses;
    private readonly HashSet<string> _halfNodes;
    private readonly HashSet<string> _beyond = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorData> _halfData = new(StringComparer.Ordinal);

    private readonly Dictionary<string, string> _asHalf = new(StringComparer.Ordinal);
    private readonly HashSet<string> _madeAsHalf = new(StringComparer.Ordinal);
    private readonly HashSet<string> _asFloat = new(StringComparer.Ordinal);
    private readonly List<Node> _nodes = [];
    private readonly List<KeyValuePair<string, TensorData>> _weights = [];

    public HalfConversion(Graph graph)
    {
        (_graph, _types, _constants, _names, _uses) = (graph, GraphTypes.Infer(graph), new(graph), new(graph), new(graph));
        _halfNodes = HalfPrecision.Nodes(graph, _types, Fits);
    }

    /// <summary>The nodes that compute in float16.</summary>
    public int Halved => _halfNodes.Count;

    /// <summary>The casts at the borders.</summary>
    public int Casts { get; private set; }

    /// <summary>Constants that float16 cannot hold.</summary>
    public int Beyond => _beyond.Count;

    /// <summary>The converted graph.</summary>
    public Graph Run()
    {
        foreach (var node in _graph.Nodes)
        {
            if (_halfNodes.Contains(node.Name))
            {
                AddHalf(node);
            }
            else
            {
                _nodes.Add(node with { Inputs = node.Inputs.Select(AsFloat).ToEquatableArray() });
            }
        }

        var converted = _graph with { Nodes = _nodes.ToEquatableArray(), Initializers = new(_graph.Initializers.Concat(_weights)) };
        return new RemoveDeadNodes().Apply(converted).Graph;
    }

    private void AddHalf(Node node)
    {
        var typed = HalfPrecision.Inputs(node, _types).ToHashSet(StringComparer.Ordinal);
        var inputs = node.Inputs.Select(i => typed.Contains(i) ? AsHalf(i) : i).ToEquatableArray();
        var made = node.Outputs.Select(o => o.Length == 0 ? o : _names.New($"{o}.float16")).ToEquatableArray();
        _nodes.Add(node with { Inputs = inputs, Outputs = made });
        foreach (var (name, half) in node.Outputs.Zip(made).Where(static pair => pair.First.Length > 0))
        {
            _asHalf[name] = half;
            _madeAsHalf.Add(name);
            if (_uses.IsOutput(name) || _uses.IsReadWithin(name))
            {
                AsFloat(name);
            }
        }
    }

    private string AsHalf(string value)
    {
        if (_asHalf.TryGetValue(value, out var known))
        {
            return known;
        }

        var name = _asHalf[value] = _names.New($"{value}.float16");
        if (!_halfData.TryGetValue(value, out var data))
        {
            AddCast(value, name, ElementType.Float16);
        }
        else if (_graph.Initializers.ContainsKey(value))
        {
            _weights.Add(new(name, data));
        }
        else
        {
            _nodes.Add(new(name, new Constant(data), [], [name]));
        }

        return name;
    }

    // What was made as float16 has a name of its own, so that the value's name is free for the float32 copy.
    private string AsFloat(string value)
    {
        if (_madeAsHalf.Contains(value) && _asFloat.Add(value))
        {
            AddCast(_asHalf[value], value, ElementType.Float32);
        }

        return value;
    }

    private void AddCast(string from, string to, ElementType type)
    {
        _nodes.Add(new(_names.New($"{to}.cast"), new Cast(type), [from], [to]));
        Casts++;
    }

    private bool Fits(string value)
    {
        if (_constants.Floats(value) is not { } data || _halfData.ContainsKey(value))
        {
            return true;
        }

        if (_beyond.Contains(value) || HalfData.Of(data) is not { } half)
        {
            _beyond.Add(value);
            return false;
        }

        _halfData.Add(value, half);
        return true;
    }
}
