using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>Frees a graph of a batch that its reshapes repeat: they copy their input's first dimension instead.</summary>
internal static class CopiedBatch
{
    /// <summary>The graph with those reshapes changed whose constant target begins with the batch.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="batch">The batch that was fixed.</param>
    /// <param name="isBatch">Whether the first dimension of the value that a reshape reads is the batch, and no other number that equals it.</param>
    /// <returns>The graph, and how many reshapes were changed.</returns>
    public static (Graph Graph, int Freed) In(Graph graph, long batch, Func<string, bool> isBatch)
    {
        var (constants, names) = (new ConstantValues(graph), new ValueNames(graph));
        var (nodes, freed) = (new List<Node>(graph.Nodes.Count), 0);
        foreach (var node in graph.Nodes)
        {
            if (node.Op is Reshape { AllowZero: false } && constants.Longs(node.Inputs[1]) is [var first, ..] target && first == batch && isBatch(node.Inputs[0]))
            {
                var shape = names.New($"{node.Name}.shape");
                nodes.Add(new(shape, new Constant(TensorData.Of<long>([0, .. target.Skip(1)])), [], [shape]));
                nodes.Add(node with { Inputs = [node.Inputs[0], shape] });
                freed++;
            }
            else
            {
                nodes.Add(node);
            }
        }

        return (graph with { Nodes = nodes.ToEquatableArray() }, freed);
    }
}
