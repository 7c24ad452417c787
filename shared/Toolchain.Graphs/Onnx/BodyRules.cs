namespace Toolchain.Graphs.Onnx;

/// <summary>How many inputs and outputs a graph inside a node has: as many as the node hands over (onnx/docs/Changelog.md, If, Loop and Scan).</summary>
internal static class BodyRules
{
    // Up to opset 8 the first input of Scan is the sequences' lengths, which the body does not see.
    private const int ScanWithoutLengths = 9;

    // The number of the round and whether there is another one come first; the latter goes out, too.
    private const int LoopStart = 2;

    /// <summary>What is wrong with the graphs of a node; null when nothing is.</summary>
    /// <param name="node">A node of the default domain.</param>
    /// <param name="opset">The opset whose form it has.</param>
    internal static string? Problem(FileNode node, int opset)
    {
        var (given, taken) = (node.Inputs.Count, node.Outputs.Count);
        return node.Type switch
        {
            "If" => Problem(node, 0, taken),
            "Loop" => Problem(node, Math.Max(LoopStart, given), taken + 1),
            "Scan" => Problem(node, opset < ScanWithoutLengths ? given - 1 : given, taken),
            _ => null,
        };
    }

    private static string? Problem(FileNode node, int inputs, int outputs) => node.Bodies
        .Where(b => b.Graph.Inputs.Count != inputs || b.Graph.Outputs.Count != outputs)
        .Select(b => $"with {node.Inputs.Count} inputs and {node.Outputs.Count} outputs its {b.Attribute} must have {inputs} and {outputs}, found {b.Graph.Inputs.Count} and {b.Graph.Outputs.Count}")
        .FirstOrDefault();
}
