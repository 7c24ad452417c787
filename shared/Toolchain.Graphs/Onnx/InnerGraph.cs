using Toolchain.Graphs.Files;
using Toolchain.Graphs.Onnx.Schema;

namespace Toolchain.Graphs.Onnx;

/// <summary>A graph inside a node: a branch of If, the body of Loop or Scan (onnx/docs/IR.md).</summary>
/// <param name="Attribute">The attribute that it is, such as <c>then_branch</c> or <c>body</c>.</param>
/// <param name="Graph">The graph; it may read the values around it, and its inputs and outputs are those whose types it states.</param>
/// <param name="Inputs">The names of all its inputs, in order.</param>
/// <param name="Outputs">The names of all its outputs, in order.</param>
/// <param name="Stated">Types that the file states for values inside.</param>
/// <param name="Nested">The graphs inside its own nodes, by the node's name.</param>
public sealed record InnerGraph(
    string Attribute,
    Graph Graph,
    IReadOnlyList<string> Inputs,
    IReadOnlyList<string> Outputs,
    IReadOnlyDictionary<string, TensorType> Stated,
    IReadOnlyDictionary<string, IReadOnlyList<InnerGraph>> Nested)
{
    /// <summary>The graphs inside a node that has been read from a file; empty for most nodes.</summary>
    /// <param name="node">The node.</param>
    /// <param name="opset">The opset of its file.</param>
    public static IReadOnlyList<InnerGraph> Of(Node node, int opset)
    {
        // What stands inside has the form of the node's opset; of a node of another domain that is the file's.
        var form = node.Op is Foreign { Space: "", Opset: var own } ? own ?? Graph.DefaultOpset : opset;
        return [.. node.Op.Attributes.SelectMany(a => a.Value is AttributeValue.Opaque kept ? Read(kept).Select(g => Make(new(a.Name, g), form)) : [])];
    }

    private static IReadOnlyList<FileGraph> Read(AttributeValue.Opaque kept)
    {
        var limits = OnnxReadLimits.Standard;
        var decoder = new AttributeDecoder(new TensorReader(new ExternalData(null, limits), limits), limits, isInside: true);
        return decoder.Read(new(new MemorySource(kept.Encoded.AsMemory()), AttributeProto.Descriptor, limits)).Graphs;
    }

    private static InnerGraph Make(FileBody body, int opset)
    {
        var file = body.Graph;
        var graph = new GraphAssembly(new(file, [], Opsets.LastIrVersion, opset, new Dictionary<string, long>()), OnnxReadLimits.Standard, isInside: true).Build(new Dictionary<string, string>());
        var names = graph.Nodes.ToDictionary(static n => n.Outputs.First(static o => o.Length > 0), static n => n.Name, StringComparer.Ordinal);
        return new(
            body.Attribute,
            graph,
            [.. file.Inputs.Select(static i => i.Name)],
            [.. file.Outputs.Select(static o => o.Name)],
            file.ValueInfo,
            file.Nodes.Where(static n => n.Bodies.Count > 0).ToDictionary(
                n => names[n.Outputs.First(static o => o.Length > 0)], n => (IReadOnlyList<InnerGraph>)[.. n.Bodies.Select(inner => Make(inner, opset))], StringComparer.Ordinal));
    }
}
