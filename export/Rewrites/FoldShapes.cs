using System.Runtime.InteropServices;
using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>
/// Replaces shape arithmetic whose result inference knows by constants. Where a <c>Reshape</c> is given a size that varies, such as the batch, its target copies that size
/// from the input (0) or leaves it to the number of values (−1), if it can be stated so.
/// </summary>
internal sealed record FoldShapes : Rewrite
{
    private const long Copied = 0;
    private const long Open = -1;

    /// <inheritdoc/>
    public override string Name => "fold-shapes";

    /// <inheritdoc/>
    public override RewriteResult Apply(Graph graph)
    {
        if (!graph.Nodes.Any(static n => n.Op is ShapeOf))
        {
            return Changed(graph);
        }

        var (types, constants, names) = (GraphTypes.Infer(graph), new ConstantValues(graph), new ValueNames(graph));
        var (nodes, folded) = (new List<Node>(), 0);
        foreach (var node in graph.Nodes)
        {
            if (Value(node, types) is { } value)
            {
                nodes.Add(node with { Op = new Constant(value), Inputs = [] });
                folded++;
            }
            else if (node.Op is Reshape && constants[node.Inputs[1]] is null && Target(node, types) is { } target)
            {
                var shape = names.New($"{node.Name}.shape");
                nodes.Add(new(shape, new Constant(TensorData.Of<long>(target)), [], [shape]));
                nodes.Add(node with { Inputs = [node.Inputs[0], shape] });
                folded++;
            }
            else
            {
                nodes.Add(node);
            }
        }

        return Changed(graph with { Nodes = nodes.ToEquatableArray() }, new Change(folded, "folded"));
    }

    private static TensorData? Value(Node node, GraphTypes types)
    {
        if (node.Op is Constant || node.Outputs is not [var output] || types[output] is not { } type || types.Integers(output) is not { IsKnown: true } known)
        {
            return null;
        }

        var items = known.Items.Select(static i => i.Value).ToArray();
        return type.Element switch
        {
            ElementType.Int64 => new(ElementType.Int64, known.Dimensions, MemoryMarshal.AsBytes(items.AsSpan()).ToArray()),
            ElementType.Int32 => new(ElementType.Int32, known.Dimensions, MemoryMarshal.AsBytes(Array.ConvertAll(items, static i => checked((int)i)).AsSpan()).ToArray()),
            _ => null,
        };
    }

    private static long[]? Target(Node node, GraphTypes types)
    {
        if (node.Op is not Reshape { AllowZero: false } || types[node.Inputs[0]]?.Shape is not { } source || types.Integers(node.Inputs[1]) is not { } wanted)
        {
            return null;
        }

        var target = wanted.Items.Select((size, i) =>
            size.IsKnown ? size.Value
            : size.Symbol is not null && i < source.Rank && source[i] == size ? Copied
            : Open).ToArray();
        return target.Count(static size => size == Open) <= 1 ? target : null;
    }
}
