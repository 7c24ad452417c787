using Toolchain.Graphs;

namespace Toolchain.Export.Ensembles.Grouping;

/// <summary>The weights of a grouped graph; what stands in several places is there once.</summary>
/// <param name="nodes">The nodes of the graph, whose names weights must not have.</param>
internal sealed class GroupedWeights(NodeList nodes)
{
    private readonly OrderedDictionary<string, TensorData> _weights = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

    /// <summary>The weights by name.</summary>
    public OrderedWeights All => new(_weights);

    /// <summary>Adds what is made of the members' constants.</summary>
    /// <param name="place">The constants.</param>
    /// <param name="suffix">Names the form in which they are needed.</param>
    /// <param name="make">Makes one tensor of them.</param>
    /// <returns>Its name.</returns>
    public string Add(ConstantPlace place, string suffix, Func<IReadOnlyList<TensorData>, TensorData> make)
    {
        var key = $"{suffix} {place.Key}";
        if (_names.TryGetValue(key, out var known))
        {
            return known;
        }

        var name = nodes.NewName($"all.{place.Name}{suffix}");
        _weights.Add(name, make(place.Members));
        return _names[key] = name;
    }
}
