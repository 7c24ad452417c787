using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>Nodes of a graph that only move values, and what can stand for two of them in a row.</summary>
internal sealed class ShapeChains
{
    private readonly ValueUses _uses;
    private readonly ValueNames _names;
    private readonly ConstantValues _constants;
    private readonly GraphTypes _types;

    public ShapeChains(Graph graph) => (_uses, _names, _constants, _types) = (new(graph), new(graph), new(graph), GraphTypes.Infer(graph));

    /// <summary>What does the work of a node and of the one before it; null when the node is no end of such a chain.</summary>
    public IReadOnlyList<Node>? Shorter(Node node) => node.Op switch
    {
        Transpose transpose => ShorterTranspose(node, transpose),
        Reshape or Flatten or Squeeze or Unsqueeze => ShorterReshape(node),
        _ => null,
    };

    private List<Node>? ShorterTranspose(Node node, Transpose transpose)
    {
        if (_types[node.Inputs[0]]?.Shape is not { } input)
        {
            return null;
        }

        var order = transpose.Order(input.Rank);
        if (IsInOrder(order))
        {
            return [Identity(node, node.Inputs[0])];
        }

        if (_uses.Maker(node.Inputs[0]) is not { Op: Transpose inner } before)
        {
            return null;
        }

        var first = inner.Order(input.Rank);
        var both = order.Select(axis => first[(int)axis]).ToEquatableArray();
        return [IsInOrder(both) ? Identity(node, before.Inputs[0]) : node with { Op = new Transpose(both), Inputs = [before.Inputs[0]] }];
    }

    private List<Node>? ShorterReshape(Node node)
    {
        if (_types[node.Outputs[0]]?.Shape is not { } output)
        {
            return null;
        }

        if (IsCertainly(_types[node.Inputs[0]]?.Shape, output))
        {
            return [Identity(node, node.Inputs[0])];
        }

        if (_uses.Maker(node.Inputs[0]) is not { Op: Reshape or Flatten or Squeeze or Unsqueeze } before || _types[before.Inputs[0]]?.Shape is not { } source)
        {
            return null;
        }

        return IsCertainly(source, output) || TakesBack(node, before, source.Rank) ? [Identity(node, before.Inputs[0])] : Direct(node, before.Inputs[0], source, output);
    }

    private List<Node>? Direct(Node node, string source, Shape from, Shape to)
    {
        if (from.Rank > 1 && to is [var rows, { IsKnown: true } columns] && IsCertainly([rows], [from[0]]) && from.Skip(1).All(static d => d.IsKnown) && columns.Value > 0)
        {
            return [node with { Op = new Flatten(), Inputs = [source] }];
        }

        var target = new long[to.Rank];
        var open = 0;
        for (var i = 0; i < target.Length; i++)
        {
            target[i] = to[i] switch
            {
                { IsKnown: true, Value: > 0 and var size } => size,
                { Symbol: not null } symbol when i < from.Rank && from[i] == symbol => 0,
                { IsKnown: false } => -1,
                _ => long.MinValue,
            };
            open += target[i] == -1 ? 1 : 0;
        }

        // A target with a size of zero would mean something else in Reshape, and one with two open sizes means nothing.
        if (open > 1 || target.Contains(long.MinValue))
        {
            return null;
        }

        var shape = _names.New($"{node.Name}.shape");
        return [new(shape, new Constant(TensorData.Of<long>(target)), [], [shape]), node with { Op = new Reshape(), Inputs = [source, shape] }];
    }

    // Squeeze behind Unsqueeze of the same axes, or the other way round, whatever the other sizes are.
    private bool TakesBack(Node node, Node before, int rank)
    {
        return (before.Op, node.Op) switch
        {
            (Unsqueeze, Squeeze) => Axes(before) is { } added && Axes(node) is { } removed && Within(added, rank + added.Count).SetEquals(Within(removed, rank + added.Count)),
            (Squeeze, Unsqueeze) => Axes(before) is { } removed && Axes(node) is { } added && Within(removed, rank).SetEquals(Within(added, rank)),
            _ => false,
        };

        EquatableArray<long>? Axes(Node shaping) => shaping.Inputs.Count > 1 ? _constants.Longs(shaping.Inputs[1]) : null;

        static HashSet<long> Within(EquatableArray<long> axes, int rank) => [.. axes.Select(a => a < 0 ? a + rank : a)];
    }

    private static bool IsInOrder(EquatableArray<long> order) => order.Index().All(static o => o.Item == o.Index);

    private static bool IsCertainly(Shape? shape, Shape other) =>
        shape is not null && shape.Equals(other) && shape.All(static d => d.IsKnown || d.Symbol is not null);

    private static Node Identity(Node node, string source) => node with { Op = new Identity(), Inputs = [source] };
}
