using Toolchain.Export.Rewrites;
using Toolchain.Graphs;

namespace Toolchain.Export.Importing;

/// <summary>
/// Makes the batch of a graph variable: its input's first dimension becomes <c>N</c>, and reshapes that say the file's fixed batch copy the dimension
/// instead. That the graph still computes the same for one and for several images is proven by running it.
/// </summary>
internal sealed record VariableBatch : Rewrite
{
    private const string Batch = "N";

    /// <inheritdoc/>
    public override string Name => "variable-batch";

    /// <inheritdoc/>
    public override RewriteResult Apply(Graph graph)
    {
        var input = graph.Inputs[0];
        var old = input.Type.Shape![0];
        var names = new ValueNames(graph);
        var result = graph with { Inputs = [input with { Type = input.Type with { Shape = input.Type.Shape.With(0, Batch) } }] };
        return old.IsKnown ? Reshapes(result, old.Value, names) : Changed(result);
    }

    // In the order of the nodes: what a reshape makes decides what the next one is given.
    private RewriteResult Reshapes(Graph graph, long old, ValueNames names)
    {
        var fixedOnes = Fixed(graph, old);
        var nodes = new List<Node>(graph.Nodes.Count);
        foreach (var node in graph.Nodes)
        {
            if (!fixedOnes.Contains(node.Name))
            {
                nodes.Add(node);
                continue;
            }

            var target = graph.ConstantValue(node.Inputs[1])!.Values<long>().ToArray();
            target[0] = 0;
            var shape = names.New($"{node.Name}.shape");
            nodes.Add(new(shape, new Constant(TensorData.Of<long>(target)), [], [shape]));
            nodes.Add(node with { Inputs = [node.Inputs[0], shape] });
        }

        return Changed(graph with { Nodes = nodes.ToEquatableArray() }, new Change(fixedOnes.Count, "reshapes changed"));
    }

    // A target that names the batch first, and nothing else that the number of elements could not decide.
    private static HashSet<string> Fixed(Graph graph, long old) => graph.Nodes
        .Where(n => n.Op is Reshape { AllowZero: false } && n.Inputs.Count > 1 && graph.ConstantValue(n.Inputs[1]) is { Type: ElementType.Int64, ElementCount: > 0 } target && target.Values<long>()[0] == old)
        .Select(static n => n.Name)
        .ToHashSet(StringComparer.Ordinal);
}
