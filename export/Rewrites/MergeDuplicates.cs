using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>
/// Keeps one of several nodes that compute the same of the same inputs, and one of several initializers with the same content. A value that the graph returns
/// keeps its name, as an <c>Identity</c> of the one that stays. Operators that are not known may draw random numbers, so they are not compared.
/// </summary>
internal sealed record MergeDuplicates : Rewrite
{
    /// <inheritdoc/>
    public override string Name => "merge-duplicates";

    /// <inheritdoc/>
    public override RewriteResult Apply(Graph graph)
    {
        var uses = new ValueUses(graph);
        var same = Weights(graph, uses);
        var weights = same.Count;
        var first = new Dictionary<Computation, Node>();
        var nodes = new List<Node>(graph.Nodes.Count);
        var merged = 0;
        foreach (var original in graph.Nodes)
        {
            var node = original with { Inputs = original.Inputs.Select(i => same.GetValueOrDefault(i, i)).ToEquatableArray() };
            if (node.Op is Foreign or Identity || !first.TryGetValue(Computation.Of(node), out var twin))
            {
                first.TryAdd(Computation.Of(node), node);
                nodes.Add(node);
            }
            else if (node.Outputs.All(o => !uses.IsOutput(o) && !uses.IsReadWithin(o)))
            {
                foreach (var (mine, its) in node.Outputs.Zip(twin.Outputs).Where(static pair => pair.First.Length > 0))
                {
                    same[mine] = its;
                }

                merged++;
            }
            else if (node.Outputs.Count == 1)
            {
                nodes.Add(node with { Op = new Identity(), Inputs = twin.Outputs });
                merged++;
            }
            else
            {
                nodes.Add(node);
            }
        }

        return Changed(
            graph with { Nodes = nodes.ToEquatableArray(), Initializers = weights == 0 ? graph.Initializers : graph.Initializers.Select((name, data) => same.ContainsKey(name) ? null : data) },
            new(merged, "nodes merged"),
            new(weights, "initializers merged"));
    }

    // Every initializer that is another one's copy, with the name of the one that stays.
    private static Dictionary<string, string> Weights(Graph graph, ValueUses uses)
    {
        var first = new Dictionary<Content, string>();
        var same = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, data) in graph.Initializers)
        {
            var content = new Content(data);
            if (!first.TryAdd(content, name) && !uses.IsOutput(name) && !uses.IsReadWithin(name))
            {
                same.Add(name, first[content]);
            }
        }

        return same;
    }

    private sealed record Computation(Operator Op, EquatableArray<string> Inputs, int Outputs)
    {
        public static Computation Of(Node node) => new(node.Op, node.Inputs, node.Outputs.Count);
    }

    /// <summary>Compares tensors byte by byte, but only those whose type, dimensions and sampled values agree: those that are computed are not computed whole for it.</summary>
    private sealed class Content(TensorData data) : IEquatable<Content>
    {
        private const int Sample = 64;

        private readonly int _hash = Hash(data);

        private TensorData Data => data;

        public bool Equals(Content? other) => other is not null && _hash == other._hash && Data.ContentEquals(other.Data);

        public override bool Equals(object? obj) => Equals(obj as Content);

        public override int GetHashCode() => _hash;

        private static int Hash(TensorData data)
        {
            var hash = new HashCode();
            hash.Add(data.Type);
            hash.Add(data.Dimensions);
            Span<byte> sample = stackalloc byte[Sample];
            foreach (var first in (ReadOnlySpan<long>)[0, data.ElementCount / 2])
            {
                var part = sample[..(int)Math.Min(Sample, (data.ElementCount - first) * data.Type.Size())];
                data.CopyTo(part, first);
                hash.AddBytes(part);
            }

            return hash.ToHashCode();
        }
    }
}
