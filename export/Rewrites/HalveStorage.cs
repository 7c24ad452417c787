using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>
/// Stores weights as float16 behind a <c>Cast</c> to float32: half the file. ONNX Runtime folds the casts when it loads the file, so that it computes in float32, at
/// the speed of float32. Vectors (biases, statistics) are a thousandth of a file and stay exact; a weight with a value beyond float16's range stays float32.
/// </summary>
internal sealed record HalveStorage : Rewrite
{
    /// <inheritdoc/>
    public override string Name => "halve-storage";

    /// <inheritdoc/>
    public override RewriteResult Apply(Graph graph)
    {
        var (uses, names) = (new ValueUses(graph), new ValueNames(graph));
        var casts = new Dictionary<string, string>(StringComparer.Ordinal);
        var (nodes, beyond) = (new List<Node>(), 0);
        var weights = graph.Initializers.Select((name, data) =>
        {
            if (data.Type != ElementType.Float32 || data.Dimensions.Count < 2 || uses.IsOutput(name) || uses.IsReadWithin(name))
            {
                return data;
            }

            if (HalfData.Of(data) is not { } half)
            {
                beyond++;
                return data;
            }

            casts[name] = names.New($"{name}.float32");
            nodes.Add(new(casts[name], new Cast(ElementType.Float32), [name], [casts[name]]));
            return half;
        });
        nodes.AddRange(graph.Nodes.Select(n => n with { Inputs = n.Inputs.Select(i => casts.GetValueOrDefault(i, i)).ToEquatableArray() }));
        return Changed(
            graph with { Nodes = nodes.ToEquatableArray(), Initializers = weights },
            new(casts.Count, "weights stored as float16"),
            new(beyond, "beyond the range of float16 kept", IsDone: false));
    }
}
