using System.Collections.Frozen;

namespace Toolchain.Graphs.Onnx;

/// <summary>
/// How nodes of one operator are brought into the form of its record: one or more nodes in that form, or null where no rule is exact.
/// </summary>
/// <param name="node">The node, with its name in the graph.</param>
/// <param name="opset">The opset whose form it has.</param>
/// <param name="context">The graph around it.</param>
internal delegate IReadOnlyList<FileNode>? ReadingForm(FileNode node, int opset, FormContext context);

/// <summary>
/// Brings nodes of any opset into the form of the operator records, which is that of <see cref="Graph.DefaultOpset"/> with the axes of reductions as an
/// attribute. Every rule is exact: what it cannot express, it leaves alone.
/// </summary>
internal static class ReadingForms
{
    private static readonly FrozenDictionary<string, ReadingForm> Rules =
        ConstantInputForms.Rules
            .Concat(ReductionForms.Rules)
            .Concat(SoftmaxForms.Rules)
            .Concat(ResizeForms.Rules)
            .Concat(NewerForms.Rules)
            .Concat(OptionalOutputs.Rules)
            .ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>
    /// The nodes that a node of the default domain becomes: one or more in the form of the records, or null when it has to stay in the form of its opset.
    /// </summary>
    /// <param name="node">The node, with its name in the graph.</param>
    /// <param name="opset">The opset whose form it has.</param>
    /// <param name="context">The graph around it.</param>
    internal static IReadOnlyList<FileNode>? Read(FileNode node, int opset, FormContext context)
    {
        if (Rules.TryGetValue(node.Type, out var rule))
        {
            return node.Has(0) ? rule(node, opset, context) : null;
        }

        // A graph inside is in the form of its opset, and nobody looks into it.
        var steady = opset == Graph.DefaultOpset || OperatorTable.Known.Contains(node.Type) || OperatorHistory.IsSteady(node.Type);
        return steady && !(opset != Graph.DefaultOpset && node.Attributes.Exists(static a => a.Value is AttributeValue.Opaque)) ? [node] : null;
    }
}
