using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Toolchain.Graphs;

/// <summary>Immutable weights by name that keep the order they were added in.</summary>
public sealed class OrderedWeights : IReadOnlyDictionary<string, TensorData>
{
    private readonly OrderedDictionary<string, TensorData> _weights;

    /// <summary>Collects named weights.</summary>
    /// <exception cref="ToolchainException">A name stands twice (<see cref="ErrorKind.BadInput"/>).</exception>
    public OrderedWeights(IEnumerable<KeyValuePair<string, TensorData>> weights)
    {
        _weights = new(StringComparer.Ordinal);
        foreach (var (name, data) in weights)
        {
            if (!_weights.TryAdd(name, data))
            {
                throw new ToolchainException(ErrorKind.BadInput, $"Two initializers are named '{name}'; names must be unique.");
            }
        }
    }

    /// <summary>No weights.</summary>
    public static OrderedWeights Empty { get; } = new([]);

    /// <inheritdoc/>
    public IEnumerable<string> Keys => _weights.Keys;

    /// <inheritdoc/>
    public IEnumerable<TensorData> Values => _weights.Values;

    /// <inheritdoc/>
    public int Count => _weights.Count;

    /// <inheritdoc/>
    public TensorData this[string key] => _weights[key];

    /// <summary>The same names with the weights that <paramref name="replace"/> returns; null drops one.</summary>
    public OrderedWeights Select(Func<string, TensorData, TensorData?> replace) => new(_weights
        .Select(p => KeyValuePair.Create(p.Key, replace(p.Key, p.Value)))
        .Where(static p => p.Value is not null)!);

    /// <inheritdoc/>
    public bool ContainsKey(string key) => _weights.ContainsKey(key);

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out TensorData value) => _weights.TryGetValue(key, out value);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, TensorData>> GetEnumerator() => _weights.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
