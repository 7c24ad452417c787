using Google.Protobuf;
using Toolchain.Graphs.Onnx.Schema;

namespace Toolchain.Graphs.Onnx;

/// <summary>
/// The rules for names in graphs inside nodes, the branches of If and the bodies of Loop and Scan (onnx/docs/IR.md): a name is made once, in the graph or one around it, before it is
/// read; inputs and initializers are unique within their graph.
/// </summary>
internal sealed class SubgraphNames
{
    private readonly IReadOnlySet<string> _domains;
    private readonly Func<string, bool> _isMadeOutside;
    private readonly HashSet<string> _made = new(StringComparer.Ordinal);

    private SubgraphNames(Func<string, bool> isMadeOutside, IReadOnlySet<string> domains) => (_isMadeOutside, _domains) = (isMadeOutside, domains);

    /// <summary>What is wrong with the graphs of an attribute; null when nothing is.</summary>
    /// <param name="attribute">The attribute's message.</param>
    /// <param name="isMadeOutside">Whether the graph around has made a value by then.</param>
    /// <param name="domains">The operator domains whose version the model states.</param>
    internal static string? Problem(AttributeValue.Opaque attribute, Func<string, bool> isMadeOutside, IReadOnlySet<string> domains) =>
        Problem(AttributeProto.Parser.ParseFrom(attribute.Encoded.AsSpan()), isMadeOutside, domains);

    private static string? Problem(AttributeProto attribute, Func<string, bool> isMadeOutside, IReadOnlySet<string> domains) =>
        (attribute.G is { } one ? [one, .. attribute.Graphs] : (IEnumerable<GraphProto>)attribute.Graphs)
            .Select(graph => new SubgraphNames(isMadeOutside, domains).Problem(graph)).FirstOrDefault(static problem => problem is not null);

    private string? Problem(GraphProto graph)
    {
        // An initializer with the name of an input is that input's default.
        var inputs = graph.Input.Select(static i => i.Name).ToArray();
        foreach (var name in inputs.Concat(graph.Initializer.Select(static i => i.Name).Where(name => !inputs.Contains(name))))
        {
            if (name.Length == 0 || !_made.Add(name))
            {
                return $"two inputs or initializers of sub-graph '{graph.Name}' are named '{name}', or one has no name";
            }
        }

        return graph.Node.Select(node => Problem(graph, node)).FirstOrDefault(static problem => problem is not null)
            ?? (graph.Output.FirstOrDefault(o => !Has(o.Name)) is { } missing ? $"no node makes output '{missing.Name}' of sub-graph '{graph.Name}'" : null);
    }

    private string? Problem(GraphProto graph, NodeProto node)
    {
        var where = $"{node.OpType} node '{node.Name}' of sub-graph '{graph.Name}'";
        if (node.OpType.Length == 0)
        {
            return $"node '{node.Name}' of sub-graph '{graph.Name}' has no op_type";
        }

        if (node.Domain is not ("" or "ai.onnx") && !_domains.Contains(node.Domain))
        {
            return $"the domain '{node.Domain}' of {where} is missing in opset_import";
        }

        if (node.Input.FirstOrDefault(i => i.Length > 0 && !Has(i)) is { } unmade)
        {
            return $"{where} reads '{unmade}', which nothing before it makes";
        }

        if (node.Attribute.Select(a => Problem(a, Has, _domains)).FirstOrDefault(static problem => problem is not null) is { } inner)
        {
            return inner;
        }

        return node.Output.FirstOrDefault(o => o.Length > 0 && (_isMadeOutside(o) || !_made.Add(o))) is { } twice ? $"{where} makes '{twice}', which exists already" : null;
    }

    private bool Has(string name) => _made.Contains(name) || _isMadeOutside(name);
}
