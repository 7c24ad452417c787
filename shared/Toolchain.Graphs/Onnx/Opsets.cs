namespace Toolchain.Graphs.Onnx;

/// <summary>Which versions of ONNX are read and written (onnx/docs/Versioning.md).</summary>
public static class Opsets
{
    /// <summary>The oldest opset that is read, the first one that ONNX Runtime promises to run; its operators are brought into the form of the records.</summary>
    public const int FirstRead = 7;

    /// <summary>The oldest opset that is written: from here on axes of Squeeze and the like are inputs and Softmax has the meaning of its record.</summary>
    public const int First = 13;

    /// <summary>The newest opset that is read and written, the last one that ONNX Runtime 1.29 runs.</summary>
    public const int Last = 26;

    /// <summary>The opset that a graph must be written at, because it has unknown operators in the form of that opset; null when any will do.</summary>
    /// <exception cref="ToolchainException">They have the forms of several opsets, or of one that is not written (<see cref="ErrorKind.BadInput"/>).</exception>
    public static int? Required(Graph graph)
    {
        var bound = graph.Nodes.Where(static n => n.Op is Foreign { Opset: not null }).ToArray();
        var opsets = bound.Select(static n => ((Foreign)n.Op).Opset!.Value).Distinct().ToArray();
        return opsets switch
        {
            [] => null,
            [>= First and <= Last and var only] => only,
            _ => throw new ToolchainException(
                ErrorKind.BadInput,
                $"Graph '{graph.Name}' has operators that the toolchain does not know and cannot translate from opset {string.Join(" and ", opsets.Order())}: {string.Join(", ", bound.Take(5).Select(static n => n.ToString()))}"
                + $"{(bound.Length > 5 ? $" and {bound.Length - 5} more" : "")}. Export the model again with opset {Graph.DefaultOpset}, or convert it with onnx.version_converter."),
        };
    }

    /// <summary>The oldest file format with opset imports.</summary>
    internal const long FirstIrVersion = 3;

    /// <summary>The newest file format known to be readable with these fields.</summary>
    internal const long LastIrVersion = 13;

    /// <summary>The file format that the ONNX release of an opset brought.</summary>
    internal static long IrVersion(int opset) => opset switch
    {
        13 or 14 => 7,
        >= 15 and <= 18 => 8,
        19 or 20 => 9,
        21 or 22 => 10,
        23 => 11,
        24 => 12,
        25 or 26 => 13,
        _ => throw new ToolchainException(ErrorKind.Usage, $"Opset {opset} cannot be written. Choose one from {First} to {Last}; {Graph.DefaultOpset} is understood most widely."),
    };
}
