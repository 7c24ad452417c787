namespace Toolchain.Graphs;

/// <summary>A value while a graph is being built: its name and what is known of it.</summary>
public readonly record struct Value(string Name, TensorType Type)
{
    /// <summary>An optional input that is left out.</summary>
    public static Value None => default;

    /// <summary>The shape.</summary>
    public Shape Shape => Type.Shape ?? throw new InvalidOperationException($"The shape of '{Name}' is not known.");

    /// <summary>The number of channels of an [N, C, …] value.</summary>
    public long Channels => Shape[1].Value;
}

/// <summary>
/// Part of a network: takes a value, adds nodes and parameters under the builder's current scope, and returns the result.
/// Parameter names are the scopes joined by dots, so they equal PyTorch's: <c>features.0.weight</c>.
/// </summary>
public delegate Value Layer(GraphBuilder net, Value input);

/// <summary>
/// Builds a graph layer by layer. Types are inferred as nodes are added, so a mistake is an error that names its layer before anything runs.
/// </summary>
/// <param name="name">The graph's name.</param>
/// <param name="seed">Decides the parameters' first values.</param>
/// <param name="policy">By which rules parameters begin; PyTorch's defaults when null.</param>
public sealed class GraphBuilder(string name, long seed = 0, InitializationPolicy? policy = null)
{
    private readonly HashSet<ParameterKind> _kinds = [];
    private readonly List<ValueInfo> _inputs = [];
    private readonly List<ValueInfo> _outputs = [];
    private readonly List<Node> _nodes = [];
    private readonly OrderedDictionary<string, TensorData> _parameters = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorData> _constants = new(StringComparer.Ordinal);
    private readonly Dictionary<string, KnownIntegers> _integers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private bool _sharing;

    /// <summary>The scopes joined by dots; empty at the top.</summary>
    public string Path { get; private set; } = "";

    /// <summary>The kinds of parameters made so far that the policy has a say in.</summary>
    public IReadOnlySet<ParameterKind> Kinds => _kinds;

    /// <summary>Declares an input.</summary>
    public Value Input(string inputName, ElementType type, Shape shape)
    {
        var input = new Value(Unique(inputName), new(type, shape));
        _inputs.Add(new(input.Name, input.Type));
        return input;
    }

    /// <summary>Declares an output of the given name.</summary>
    public void Output(string outputName, Value value)
    {
        var named = value.Name == outputName ? value : Rename(value, outputName);
        _outputs.Add(new(named.Name, named.Type));
    }

    /// <summary>Adds a layer under a name; what it makes is named <c>{name}.…</c>.</summary>
    public Value Apply(string scope, Layer layer, Value input)
    {
        var outer = Path;
        Path = outer.Length == 0 ? scope : $"{outer}.{scope}";
        try
        {
            return layer(this, input);
        }
        finally
        {
            Path = outer;
        }
    }

    /// <summary>
    /// Adds one layer several times in a row with one set of parameters, as PyTorch does when a list holds one module object more than once.
    /// </summary>
    public Value Repeat(string scope, Layer layer, Value input, int count)
    {
        var before = _sharing;
        for (var i = 0; i < count; i++)
        {
            _sharing = before || i > 0;
            input = Apply(scope, layer, input);
        }

        _sharing = before;
        return input;
    }

    /// <summary>Layers one after the other, named <c>0</c>, <c>1</c>, … as in PyTorch's <c>nn.Sequential</c>.</summary>
    public Value Sequential(string scope, Value input, params ReadOnlySpan<Layer> layers)
    {
        var copy = layers.ToArray();
        return Apply(scope, Layers.Sequential(copy), input);
    }

    /// <summary>A parameter that training updates, float32, under the current scope.</summary>
    public Value Parameter(string parameterName, EquatableArray<long> dimensions, Initialization first)
    {
        var full = Scoped(parameterName);
        if (_sharing && _parameters.TryGetValue(full, out var existing))
        {
            return existing.Dimensions == dimensions
                ? new(full, existing.TensorType)
                : throw new ToolchainException(ErrorKind.BadInput, $"Layer '{Path}' is repeated with one set of parameters, but its {parameterName} is {existing.Dimensions} at first and {dimensions} later. A repeated layer must give what it takes.");
        }

        if (!_names.Add(full))
        {
            throw new ToolchainException(ErrorKind.BadInput, $"Two layers are named '{Path}'. Give each layer a name of its own, or use Repeat to share parameters on purpose.");
        }

        var data = first.Tensor(full, dimensions, seed);
        _parameters.Add(full, data);
        return new(full, data.TensorType);
    }

    /// <summary>A parameter of a kind that the policy may begin in another way than <paramref name="standard"/>.</summary>
    public Value Parameter(string parameterName, EquatableArray<long> dimensions, ParameterKind kind, Initialization standard)
    {
        _kinds.Add(kind);
        return Parameter(parameterName, dimensions, policy?.For(kind, dimensions) ?? standard);
    }

    /// <summary>A constant that is not trained, under the current scope.</summary>
    public Value Constant(string constantName, TensorData data)
    {
        var output = Unique(Scoped(constantName));
        _nodes.Add(new(output, new Constant(data), [], [output]));
        _constants.Add(output, data);
        return new(output, data.TensorType);
    }

    /// <summary>Adds a node with one output.</summary>
    /// <param name="op">The operator.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="node">The node's name under the current scope; the scope itself when null.</param>
    /// <returns>The output, which has the node's name.</returns>
    /// <exception cref="ToolchainException">The inputs do not fit; the message names the layer.</exception>
    public Value Add(Operator op, ReadOnlySpan<Value> inputs, string? node = null) => Add(op, inputs, 1, node)[0];

    /// <summary>Adds a node with several outputs.</summary>
    /// <param name="op">The operator.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="count">How many outputs it has.</param>
    /// <param name="node">The node's name under the current scope; the scope itself when null.</param>
    /// <returns>The outputs: the first has the node's name, the others a number behind it.</returns>
    /// <exception cref="ToolchainException">The inputs do not fit; the message names the layer.</exception>
    public IReadOnlyList<Value> Add(Operator op, ReadOnlySpan<Value> inputs, int count, string? node = null)
    {
        var unique = Unique(node is null && Path.Length > 0 ? Path : Scoped(node ?? op.Type.ToLowerInvariant()));
        var types = new TensorType?[inputs.Length];
        var names = new string[inputs.Length];
        for (var i = 0; i < inputs.Length; i++)
        {
            (names[i], types[i]) = inputs[i] == Value.None ? ("", null) : (inputs[i].Name, inputs[i].Type);
        }

        string[] outputs = [unique, .. Enumerable.Range(1, count - 1).Select(i => Unique($"{unique}.{i}"))];
        var added = new Node(unique, op, EquatableArray.Create<string>(names), EquatableArray.Create<string>(outputs));
        var context = new NodeContext(added, types, n => _constants.GetValueOrDefault(n), _integers.GetValueOrDefault);
        var results = op.Infer(context);
        if (op.Known(context, results[0]) is { } integers)
        {
            _integers[unique] = integers;
        }

        _nodes.Add(added);
        return [.. outputs.Zip(results, static (name, type) => new Value(name, type))];
    }

    /// <summary>The finished graph.</summary>
    public Graph Build() => new()
    {
        Name = name,
        Inputs = _inputs.ToEquatableArray(),
        Outputs = _outputs.ToEquatableArray(),
        Nodes = _nodes.ToEquatableArray(),
        Initializers = new(_parameters),
    };

    private Value Rename(Value value, string to)
    {
        var index = _nodes.FindLastIndex(n => n.Outputs[0] == value.Name);
        if (index < 0 || _nodes.Exists(n => n.Inputs.Contains(value.Name)))
        {
            return AddNamed(to, value);
        }

        _names.Add(to);
        _nodes[index] = _nodes[index] with { Outputs = [to] };
        return value with { Name = to };
    }

    private Value AddNamed(string to, Value value)
    {
        _names.Add(to);
        _nodes.Add(new(to, new Identity(), [value.Name], [to]));
        return value with { Name = to };
    }

    private string Scoped(string local) => Path.Length == 0 ? local : $"{Path}.{local}";

    private string Unique(string wanted)
    {
        var candidate = wanted;
        for (var i = 1; !_names.Add(candidate); i++)
        {
            candidate = $"{wanted}_{i}";
        }

        return candidate;
    }
}
