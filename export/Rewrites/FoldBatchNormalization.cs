using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>
/// Merges <c>BatchNormalization</c> into the <c>Conv</c> or <c>Gemm</c> before it, where nothing else reads what lies between. One that cannot be
/// merged exactly stays. Nodes that share weights and normalisation go on sharing the merged ones; where only some of them are merged, those get
/// weights of their own.
/// </summary>
internal sealed record FoldBatchNormalization : Rewrite
{
    /// <inheritdoc/>
    public override string Name => "fold-batch-normalization";

    /// <inheritdoc/>
    public override RewriteResult Apply(Graph graph)
    {
        var folded = 0;

        // A second normalisation in a row can be merged once the first one is.
        while (Plan(graph) is { Count: > 0 } folds)
        {
            graph = Fold(graph, folds);
            folded += folds.Count;
        }

        return Changed(graph, new(folded, "folded"), new(graph.Nodes.Count(static n => n.Op is BatchNormalization), "kept"));
    }

    private static Dictionary<string, PlannedFold> Plan(Graph graph)
    {
        var uses = new ValueUses(graph);
        var merged = new Dictionary<FoldedParameters.Key, FoldedParameters?>();
        var folds = new Dictionary<string, PlannedFold>(StringComparer.Ordinal);
        foreach (var norm in graph.Nodes.Where(static n => n.Op is BatchNormalization))
        {
            if (!uses.HasOneReader(norm.Inputs[0]) || uses.Maker(norm.Inputs[0]) is not { } product || FoldedParameters.Key.Of(product, norm) is not { } key)
            {
                continue;
            }

            if (!merged.TryGetValue(key, out var parameters))
            {
                parameters = merged[key] = FoldedParameters.Compute(graph, key);
            }

            if (parameters is not null)
            {
                folds.Add(product.Name, new(product, norm, key, parameters));
            }
        }

        return folds;
    }

    private static Graph Fold(Graph graph, Dictionary<string, PlannedFold> folds)
    {
        var uses = new ValueUses(graph);
        var names = new ValueNames(graph);
        var replaced = new Dictionary<string, TensorData>(StringComparer.Ordinal);
        var added = new List<KeyValuePair<string, TensorData>>();
        var placed = new Dictionary<FoldedParameters.Key, (string Weight, string Bias)>();
        foreach (var group in folds.Values.GroupBy(static f => f.Key))
        {
            var (first, count) = (group.First(), group.Count());
            placed[group.Key] = (
                Place(group.Key.Weight, $"{first.Product.Name}.weight", first.Parameters.Weight, count),
                Place(group.Key.Bias, $"{first.Product.Name}.bias", first.Parameters.Bias, count));
        }

        var norms = folds.Values.Select(static f => f.Norm.Name).ToHashSet(StringComparer.Ordinal);
        return graph with
        {
            Nodes = graph.Nodes.Where(n => !norms.Contains(n.Name)).Select(n => folds.TryGetValue(n.Name, out var fold) ? fold.Merged(placed[fold.Key]) : n).ToEquatableArray(),
            Initializers = new(graph.Initializers.Select((name, data) => replaced.GetValueOrDefault(name, data)).Concat(added)),
        };

        // Weights keep their name when every reader of them takes part.
        string Place(string old, string fresh, TensorData data, int readers)
        {
            if (graph.Initializers.ContainsKey(old) && uses.Reads(old) == readers && !uses.IsOutput(old) && !uses.IsReadWithin(old))
            {
                replaced.Add(old, data);
                return old;
            }

            var name = names.New(fresh);
            added.Add(KeyValuePair.Create(name, data));
            return name;
        }
    }

    private sealed record PlannedFold(Node Product, Node Norm, FoldedParameters.Key Key, FoldedParameters Parameters)
    {
        public Node Merged((string Weight, string Bias) names) => Product with
        {
            Op = Product.Op is Gemm gemm ? gemm with { Beta = 1 } : Product.Op,
            Inputs = [Product.Inputs[0], names.Weight, names.Bias],
            Outputs = Norm.Outputs,
        };
    }
}
