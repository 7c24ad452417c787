using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>The values of a graph that are the same at every run, by name: initializers and <see cref="Constant"/> nodes.</summary>
internal sealed class ConstantValues(Graph graph)
{
    private readonly Dictionary<string, TensorData> _constants = graph.Nodes
        .Where(static n => n.Op is Constant)
        .ToDictionary(static n => n.Outputs[0], static n => ((Constant)n.Op).Value, StringComparer.Ordinal);

    /// <summary>The value of that name; null when it is computed at run time.</summary>
    public TensorData? this[string name] => graph.Initializers.TryGetValue(name, out var weight) ? weight : _constants.GetValueOrDefault(name);

    /// <summary>The value of that name if it is float32; otherwise null.</summary>
    public TensorData? Floats(string name) => this[name] is { Type: ElementType.Float32 } data ? data : null;

    /// <summary>The int64 values of that name; null when they are computed or of another type.</summary>
    public EquatableArray<long>? Longs(string name) => this[name] is { Type: ElementType.Int64 } data ? EquatableArray.Create(data.Values<long>()) : null;
}
