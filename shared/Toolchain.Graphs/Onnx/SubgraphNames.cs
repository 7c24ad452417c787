using Toolchain.Graphs.Files;
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
    private string _graph = "";

    private SubgraphNames(Func<string, bool> isMadeOutside, IReadOnlySet<string> domains) => (_isMadeOutside, _domains) = (isMadeOutside, domains);

    /// <summary>What is wrong with the graphs of an attribute; null when nothing is.</summary>
    /// <param name="attribute">The attribute, whose messages have been read once and are in order.</param>
    /// <param name="isMadeOutside">Whether the graph around has made a value by then.</param>
    /// <param name="domains">The operator domains whose version the model states.</param>
    /// <param name="limits">Limits.</param>
    internal static string? Problem(AttributeValue.Opaque attribute, Func<string, bool> isMadeOutside, IReadOnlySet<string> domains, OnnxReadLimits limits) =>
        OfAttribute(new(new MemorySource(attribute.Encoded.AsMemory()), AttributeProto.Descriptor, limits), isMadeOutside, domains);

    private static string? OfAttribute(WireReader attribute, Func<string, bool> isMadeOutside, IReadOnlySet<string> domains)
    {
        while (attribute.Next())
        {
            if (attribute.Field is not (AttributeProto.GFieldNumber or AttributeProto.GraphsFieldNumber))
            {
                attribute.Skip();
            }
            else if (new SubgraphNames(isMadeOutside, domains).OfGraph(attribute.Message()) is { } problem)
            {
                return problem;
            }
        }

        return null;
    }

    private string? OfGraph(WireReader graph)
    {
        var (inputs, weights, outputs) = (new List<string>(), new List<string>(), new List<string>());
        for (var fields = graph.Again(); fields.Next();)
        {
            switch (fields.Field)
            {
                case GraphProto.NameFieldNumber:
                    _graph = fields.Text();
                    break;
                case GraphProto.InputFieldNumber:
                    inputs.Add(NameOf(fields.Message(), ValueInfoProto.NameFieldNumber));
                    break;
                case GraphProto.InitializerFieldNumber:
                    weights.Add(NameOf(fields.Message(), TensorProto.NameFieldNumber));
                    break;
                case GraphProto.OutputFieldNumber:
                    outputs.Add(NameOf(fields.Message(), ValueInfoProto.NameFieldNumber));
                    break;
                default:
                    fields.Skip();
                    break;
            }
        }

        // An initializer with the name of an input is that input's default.
        var given = inputs.ToHashSet(StringComparer.Ordinal);
        return _graph.Length == 0 ? "a sub-graph has no name"
            : inputs.Concat(weights.Where(w => !given.Contains(w))).FirstOrDefault(name => name.Length == 0 || !_made.Add(name)) is { } twice
                ? $"two inputs or initializers of sub-graph '{_graph}' are named '{twice}', or one has no name"
            : OfNodes(graph)
                ?? (outputs.Find(o => !Has(o)) is { } missing ? $"no node makes output '{missing}' of sub-graph '{_graph}'" : null);
    }

    private string? OfNodes(WireReader graph)
    {
        while (graph.Next())
        {
            if (graph.Field != GraphProto.NodeFieldNumber)
            {
                graph.Skip();
            }
            else if (OfNode(graph.Message()) is { } problem)
            {
                return problem;
            }
        }

        return null;
    }

    private string? OfNode(WireReader node)
    {
        var (name, type, domain, inputs, outputs) = ("", "", "", new List<string>(), new List<string>());
        for (var fields = node.Again(); fields.Next();)
        {
            switch (fields.Field)
            {
                case NodeProto.NameFieldNumber:
                    name = fields.Text();
                    break;
                case NodeProto.OpTypeFieldNumber:
                    type = fields.Text();
                    break;
                case NodeProto.DomainFieldNumber:
                    domain = fields.Text();
                    break;
                case NodeProto.InputFieldNumber:
                    inputs.Add(fields.Text());
                    break;
                case NodeProto.OutputFieldNumber:
                    outputs.Add(fields.Text());
                    break;
                default:
                    fields.Skip();
                    break;
            }
        }

        var where = $"{type} node '{name}' of sub-graph '{_graph}'";
        return type.Length == 0 ? $"node '{name}' of sub-graph '{_graph}' has no op_type"
            : domain is not ("" or "ai.onnx") && !_domains.Contains(domain) ? $"the domain '{domain}' of {where} is missing in opset_import"
            : inputs.Find(i => i.Length > 0 && !Has(i)) is { } unmade ? $"{where} reads '{unmade}', which nothing before it makes"
            : Inside(node)
                ?? (outputs.Find(o => o.Length > 0 && (_isMadeOutside(o) || !_made.Add(o))) is { } twice ? $"{where} makes '{twice}', which exists already" : null);
    }

    private string? Inside(WireReader node)
    {
        while (node.Next())
        {
            if (node.Field != NodeProto.AttributeFieldNumber)
            {
                node.Skip();
            }
            else if (OfAttribute(node.Message(), Has, _domains) is { } problem)
            {
                return problem;
            }
        }

        return null;
    }

    private bool Has(string name) => _made.Contains(name) || _isMadeOutside(name);

    private static string NameOf(WireReader message, int field)
    {
        var name = "";
        while (message.Next())
        {
            if (message.Field == field)
            {
                name = message.Text();
            }
            else
            {
                message.Skip();
            }
        }

        return name;
    }
}
