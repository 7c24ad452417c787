namespace Toolchain.Graphs;

/// <summary>
/// Layers under one name, each with a key of its own, that the network applies itself, as PyTorch's <c>nn.ModuleDict</c> (notes: Model definition):
/// parameters are named <c>{name}.{key}.…</c>.
/// </summary>
public sealed class ModuleDict(string name, params (string Key, Layer Layer)[] layers)
{
    private readonly Dictionary<string, Layer> _layers = layers.ToDictionary(static l => l.Key, static l => l.Layer, StringComparer.Ordinal);

    /// <summary>The keys, in order.</summary>
    public IEnumerable<string> Keys => layers.Select(static l => l.Key);

    /// <summary>A layer under its name.</summary>
    /// <exception cref="ToolchainException">There is no such key (<see cref="ErrorKind.BadInput"/>).</exception>
    public Layer this[string key]
    {
        get
        {
            var layer = _layers.TryGetValue(key, out var known)
                ? known
                : throw new ToolchainException(ErrorKind.BadInput, $"Layers '{name}' have no '{key}'; they have {string.Join(", ", Keys)}.");
            return (net, x) => net.Apply($"{name}.{key}", layer, x);
        }
    }
}
