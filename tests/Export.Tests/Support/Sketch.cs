namespace Toolchain.Export.Tests.Support;

/// <summary>Small graphs, written down node by node.</summary>
internal sealed class Sketch
{
    private readonly List<Node> _nodes = [];
    private readonly List<KeyValuePair<string, TensorData>> _weights = [];
    private readonly List<ValueInfo> _outputs = [];
    private ValueInfo _input = new("x", new(ElementType.Float32, ["N", 3, 5, 5]));

    public Sketch Input(string name, Shape shape, ElementType type = ElementType.Float32)
    {
        _input = new(name, new(type, shape));
        return this;
    }

    public Sketch Weight(string name, params long[] dimensions)
    {
        _weights.Add(new(name, RandomData.Floats(EquatableArray.Create(dimensions), _weights.Count + 1)));
        return this;
    }

    /// <summary>Scale, shift, mean and variance of a batch normalisation, named <c>{name}.weight</c> and so on.</summary>
    public Sketch Statistics(string name, long channels)
    {
        _weights.Add(new($"{name}.weight", RandomData.Floats([channels], _weights.Count + 1, 0.5, 1.5)));
        _weights.Add(new($"{name}.bias", RandomData.Floats([channels], _weights.Count + 1)));
        _weights.Add(new($"{name}.running_mean", RandomData.Floats([channels], _weights.Count + 1)));
        _weights.Add(new($"{name}.running_var", RandomData.Floats([channels], _weights.Count + 1, 0.5, 2)));
        return this;
    }

    /// <summary>A batch normalisation with its own statistics.</summary>
    public Sketch Norm(string output, string input, long channels) => Statistics(output, channels).SharedNorm(output, input, output);

    /// <summary>A batch normalisation with the statistics of the given name.</summary>
    public Sketch SharedNorm(string output, string input, string statistics) =>
        Node(output, new BatchNormalization(1e-3f), input, $"{statistics}.weight", $"{statistics}.bias", $"{statistics}.running_mean", $"{statistics}.running_var");

    public Sketch Node(string output, Operator op, params string[] inputs)
    {
        _nodes.Add(new(output, op, EquatableArray.Create(inputs), [output]));
        return this;
    }

    public Sketch Output(string name, Shape? shape = null)
    {
        _outputs.Add(new(name, new(ElementType.Float32, shape)));
        return this;
    }

    /// <summary>The graph; outputs without a shape get the inferred one.</summary>
    public Graph Build()
    {
        var graph = new Graph
        {
            Name = "sketch",
            Inputs = [_input],
            Outputs = _outputs.ToEquatableArray(),
            Nodes = _nodes.ToEquatableArray(),
            Initializers = new(_weights),
        };
        var types = GraphTypes.Infer(graph);
        return graph with { Outputs = _outputs.Select(o => o.Type.Shape is null && types[o.Name] is { } type ? o with { Type = type } : o).ToEquatableArray() };
    }
}
