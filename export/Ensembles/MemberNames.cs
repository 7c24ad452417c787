using System.Globalization;
using Toolchain.Export.Rewrites;
using Toolchain.Graphs;

namespace Toolchain.Export.Ensembles;

/// <summary>Keeps the names of members apart: those of the first member begin with <c>m1.</c>, and so on.</summary>
internal static class MemberNames
{
    /// <summary>What the names of a member begin with.</summary>
    /// <param name="index">Its place among the members, from 0.</param>
    public static string Prefix(int index) => string.Create(CultureInfo.InvariantCulture, $"m{index + 1}.");

    /// <summary>
    /// The graph with every name prefixed and its input read from <paramref name="input"/>. A graph with sub-graphs, which are kept unread and may use any
    /// of its names, keeps them all.
    /// </summary>
    /// <param name="graph">A graph with one input and one output.</param>
    /// <param name="index">Its place among the members, from 0.</param>
    /// <param name="input">The value that it reads in place of its input.</param>
    public static Graph Apart(Graph graph, int index, string input)
    {
        var own = graph.Inputs[0].Name;
        if (graph.HasSubgraphs())
        {
            return graph with { Nodes = [new Node($"{Prefix(index)}input", new Identity(), [input], [own]), .. graph.Nodes] };
        }

        var prefix = Prefix(index);
        return graph with
        {
            Inputs = [],
            Outputs = graph.Outputs.Select(o => o with { Name = prefix + o.Name }).ToEquatableArray(),
            Nodes = graph.Nodes.Select(n => n with
            {
                Name = prefix + n.Name,
                Inputs = n.Inputs.Select(i => i.Length == 0 ? "" : i == own ? input : prefix + i).ToEquatableArray(),
                Outputs = n.Outputs.Select(o => o.Length == 0 ? "" : prefix + o).ToEquatableArray(),
            }).ToEquatableArray(),
            Initializers = new(graph.Initializers.Select(w => KeyValuePair.Create(prefix + w.Key, w.Value))),
        };
    }

    /// <summary>The types that a member's file states for its values, under the names that they have in the ensemble.</summary>
    public static IEnumerable<KeyValuePair<string, TensorType>> Known(EnsembleMember member, int index)
    {
        var prefix = member.Model.Graph.HasSubgraphs() ? "" : Prefix(index);
        return member.Model.ValueInfo.Select(v => KeyValuePair.Create(prefix + v.Key, v.Value));
    }
}
