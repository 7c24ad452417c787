using System.Runtime.InteropServices;

namespace Toolchain.Graphs.Tests;

/// <summary>Collects nodes into a graph whose values all get names by themselves.</summary>
internal sealed class OnnxSketch
{
    private readonly List<ValueInfo> _inputs = [];
    private readonly List<Node> _nodes = [];
    private readonly Dictionary<string, TensorData> _weights = new(StringComparer.Ordinal);
    private readonly List<string> _outputs = [];

    internal string Input(ElementType type, Shape? shape)
    {
        _inputs.Add(new($"in{_inputs.Count}", new(type, shape)));
        return _inputs[^1].Name;
    }

    internal string Input(params Shape shape) => Input(ElementType.Float32, shape);

    /// <summary>A float32 weight with different values everywhere.</summary>
    internal string Weight(params long[] dimensions)
    {
        var values = Enumerable.Range(0, (int)dimensions.Aggregate(1L, static (p, d) => p * d)).Select(static i => 0.25f + (i % 7)).ToArray();
        return Weight(new TensorData(ElementType.Float32, dimensions.ToEquatableArray(), MemoryMarshal.AsBytes(values.AsSpan()).ToArray()));
    }

    internal string Weight(TensorData data)
    {
        _weights.Add($"w{_weights.Count}", data);
        return $"w{_weights.Count - 1}";
    }

    internal string Constant(TensorData data) => Node(new Constant(data), [], isOutput: false);

    internal string Longs(params long[] values) => Constant(TensorData.Of<long>(values));

    /// <summary>A node whose output is an output of the graph too.</summary>
    internal string Node(Operator op, params string[] inputs) => Node(op, inputs, isOutput: true);

    internal string Node(Operator op, string[] inputs, bool isOutput)
    {
        var name = $"{op.Type.ToLowerInvariant()}.{_nodes.Count}";
        _nodes.Add(new(name, op, inputs.ToEquatableArray(), [$"{name}:0"]));
        if (isOutput)
        {
            _outputs.Add($"{name}:0");
        }

        return $"{name}:0";
    }

    /// <summary>A node whose outputs are all outputs of the graph too.</summary>
    internal void Nodes(Operator op, int count, params string[] inputs)
    {
        var name = $"{op.Type.ToLowerInvariant()}.{_nodes.Count}";
        string[] outputs = [.. Enumerable.Range(0, count).Select(i => $"{name}:{i}")];
        _nodes.Add(new(name, op, inputs.ToEquatableArray(), outputs.ToEquatableArray()));
        _outputs.AddRange(outputs);
    }

    internal Graph Build(IReadOnlyDictionary<string, string>? metadata = null)
    {
        var graph = new Graph
        {
            Name = "sketch",
            Inputs = _inputs.ToEquatableArray(),
            Nodes = _nodes.ToEquatableArray(),
            Initializers = new(_weights),
            Outputs = _outputs.Select(static o => new ValueInfo(o, new(ElementType.Float32, null))).ToEquatableArray(),
            Metadata = metadata ?? new Dictionary<string, string>(),
        };
        var types = GraphTypes.Infer(graph);
        return graph with { Outputs = _outputs.Select(o => new ValueInfo(o, types[o] ?? new(ElementType.Float32, null))).ToEquatableArray() };
    }
}
