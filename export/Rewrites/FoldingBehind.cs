using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>
/// Merges nodes that are affine for each channel into the product before them, where nothing else reads what lies between. Nodes that share weights and the
/// affine function go on sharing the merged ones; where only some of them are merged, those get weights of their own.
/// </summary>
internal sealed class FoldingBehind
{
    private readonly Graph _graph;
    private readonly ValueUses _uses;
    private readonly Dictionary<string, Fold> _folds = new(StringComparer.Ordinal);

    private FoldingBehind(Graph graph, Func<Operator, bool> chosen)
    {
        (_graph, _uses) = (graph, new(graph));
        var (constants, types) = (new ConstantValues(graph), GraphTypes.Infer(graph));
        var merged = new Dictionary<Key, FoldedParameters?>();
        foreach (var node in graph.Nodes.Where(n => chosen(n.Op)))
        {
            if (node.Inputs.FirstOrDefault(i => constants[i] is null) is { } input && _uses.HasOneReader(input) && _uses.Maker(input) is { } maker && Product.Of(maker, constants, types) is { } product)
            {
                Plan(node, input, product, constants, merged);
            }
        }
    }

    /// <summary>Merges every chosen node that can be, also one behind another.</summary>
    /// <returns>The graph and how many nodes were merged.</returns>
    public static (Graph Graph, int Folded) Apply(Graph graph, Func<Operator, bool> chosen)
    {
        var folded = 0;
        while (graph.Nodes.Any(n => chosen(n.Op)) && new FoldingBehind(graph, chosen) is { _folds.Count: > 0 } folding)
        {
            graph = folding.Applied();
            folded += folding._folds.Count;
        }

        return (graph, folded);
    }

    private void Plan(Node node, string input, Product product, ConstantValues constants, Dictionary<Key, FoldedParameters?> merged)
    {
        var key = new Key(product.WeightName, product.BiasName, product.Outputs, product.BiasFactor, node.Op, node.Inputs.Select(i => i == input ? "" : i).ToEquatableArray());
        if (!merged.TryGetValue(key, out var parameters))
        {
            var affine = ChannelAffine.Of(node, input, product.OutputRank, product.ChannelAxis, product.Outputs.Channels(product.Weight), constants);
            parameters = merged[key] = affine is null ? null : FoldedParameters.Behind(product, affine, constants);
        }

        if (parameters is not null)
        {
            _folds.Add(product.Node.Name, new(product, node, key, parameters));
        }
    }

    private Graph Applied()
    {
        var names = new ValueNames(_graph);
        var replaced = new Dictionary<string, TensorData>(StringComparer.Ordinal);
        var added = new List<KeyValuePair<string, TensorData>>();
        var placed = new Dictionary<Key, (string Weight, string Bias)>();
        foreach (var group in _folds.Values.GroupBy(static f => f.Key))
        {
            var (first, count) = (group.First(), group.Count());
            var weight = first.Parameters.Weight == first.Product.Weight ? group.Key.Weight : Place(group.Key.Weight, $"{first.Product.Node.Name}.weight", first.Parameters.Weight, count);
            placed[group.Key] = (weight, first.Parameters.Bias is { } bias ? Place(group.Key.Bias, $"{first.Product.Node.Name}.bias", bias, count) : "");
        }

        var gone = _folds.Values.Select(static f => f.Affine.Name).ToHashSet(StringComparer.Ordinal);
        return _graph with
        {
            Nodes = _graph.Nodes.Where(n => !gone.Contains(n.Name)).Select(n => _folds.TryGetValue(n.Name, out var fold) ? fold.Merged(placed[fold.Key]) : n).ToEquatableArray(),
            Initializers = new(_graph.Initializers.Select((name, data) => replaced.GetValueOrDefault(name, data)).Concat(added)),
        };

        // Weights keep their name when every reader of them takes part.
        string Place(string old, string fresh, TensorData data, int readers)
        {
            if (_graph.Initializers.ContainsKey(old) && _uses.Reads(old) == readers && !_uses.IsOutput(old) && !_uses.IsReadWithin(old))
            {
                replaced.Add(old, data);
                return old;
            }

            var name = names.New(fresh);
            added.Add(KeyValuePair.Create(name, data));
            return name;
        }
    }

    /// <summary>What a merge reads: equal keys have equal results.</summary>
    private sealed record Key(string Weight, string Bias, ChannelLayout Layout, float BiasFactor, Operator Affine, EquatableArray<string> Operands);

    private sealed record Fold(Product Product, Node Affine, Key Key, FoldedParameters Parameters)
    {
        public Node Merged((string Weight, string Bias) names) => Product.With(names.Weight, names.Bias) with { Outputs = Affine.Outputs };
    }
}
