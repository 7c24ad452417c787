using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;

namespace Toolchain.Export.Verification;

/// <summary>
/// The rules of <see cref="Structure"/> for operators and element types in the graphs inside nodes, the branches of If and the bodies of Loop and Scan, at any depth. Sizes inside are not
/// compared: they may change from round to round.
/// </summary>
internal static class InnerStructure
{
    /// <summary>Everything that is wrong inside the nodes of a graph; empty when nothing is.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="types">Its types.</param>
    /// <param name="opset">The opset of its file.</param>
    public static IEnumerable<string> Problems(Graph graph, GraphTypes types, int opset) =>
        graph.Nodes.Where(static n => n.Op is Foreign).SelectMany(node => InnerGraph.Of(node, opset).SelectMany(inner => Problems(inner, node, types, opset)));

    private static IEnumerable<string> Problems(InnerGraph inner, Node owner, GraphTypes around, int opset)
    {
        var given = Given(inner, owner, around);
        var known = new Dictionary<string, TensorType>(inner.Stated, StringComparer.Ordinal);
        foreach (var (name, element) in inner.Graph.Inputs.Select(static i => (i.Name, i.Type.Element)).Concat(given.Select(static g => (g.Key, g.Value))))
        {
            known[name] = new(element, null);
        }

        var types = GraphTypes.InferInside(inner.Graph, known, around);
        var problems = inner.Graph.Inputs
            .Where(i => given.TryGetValue(i.Name, out var element) && element != i.Type.Element)
            .Select(i => $"input '{i.Name}' is declared {i.Type.Element.Display()}, and the node gives it {given[i.Name].Display()}")
            .Concat(inner.Graph.Outputs
                .Where(o => types[o.Name] is { } made && made.Element != o.Type.Element)
                .Select(o => $"output '{o.Name}' is declared {o.Type.Element.Display()}, and the nodes make {types[o.Name]!.Element.Display()}"))
            .Concat(Carried(inner, owner, types, around))
            .Concat(Structure.Mistyped(inner.Graph, types, opset))
            .Concat(Structure.Unheard(inner.Graph, opset));
        return problems.Select(p => $"in the {inner.Attribute} of {owner}: {p}")
            .Concat(inner.Graph.Nodes.SelectMany(n => inner.Nested.GetValueOrDefault(n.Name, []).SelectMany(deeper => Problems(deeper, n, types, opset)).Select(p => $"in the {inner.Attribute} of {owner}: {p}")));
    }

    /// <summary>The element types that a node hands to the inputs of its body, as far as they are known.</summary>
    private static Dictionary<string, ElementType> Given(InnerGraph inner, Node owner, GraphTypes around)
    {
        var given = new Dictionary<string, ElementType>(StringComparer.Ordinal);
        foreach (var (index, name) in inner.Inputs.Index())
        {
            if (ElementAt(owner, index, around) is { } element)
            {
                given[name] = element;
            }
        }

        return given;
    }

    private static ElementType? ElementAt(Node owner, int input, GraphTypes around) => (owner.Op.Domain.Length > 0 ? "" : owner.Op.Type, input) switch
    {
        ("Loop", 0) => ElementType.Int64,
        ("Loop", 1) => ElementType.Bool,
        ("Loop" or "Scan", _) when input < owner.Inputs.Count => around[owner.Inputs[input]]?.Element,
        _ => null,
    };

    /// <summary>A value that a loop carries has one type in every round.</summary>
    private static IEnumerable<string> Carried(InnerGraph inner, Node owner, GraphTypes types, GraphTypes around)
    {
        if (owner.Op is not { Type: "Loop", Domain: "" })
        {
            yield break;
        }

        for (var i = 0; i + 1 < inner.Inputs.Count && i < inner.Outputs.Count; i++)
        {
            if (ElementAt(owner, i + 1, around) is { } before && types[inner.Outputs[i]]?.Element is { } after && before != after)
            {
                yield return $"output '{inner.Outputs[i]}' is {after.Display()}, and the loop carries {before.Display()}";
            }
        }
    }
}
