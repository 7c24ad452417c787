using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>What graphs may have that nobody reads.</summary>
internal static class Subgraphs
{
    /// <summary>Whether a node has graphs inside, which are kept unread and may use any name of the graph around them.</summary>
    public static bool HasSubgraphs(this Graph graph) => graph.Nodes.SelectMany(static n => n.Op.Attributes).Any(static a => a.Value is AttributeValue.Opaque);
}
