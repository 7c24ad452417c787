namespace Toolchain.Graphs.Onnx;

/// <summary>
/// Reductions: their axes are an attribute in records, and become an input in files: of ReduceSum from opset 13 on, of the others from 18 on
/// (onnx/docs/Changelog.md).
/// </summary>
internal static class ReductionForms
{
    private static readonly string[] Types =
        ["ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare"];

    // Of one value these are the value itself.
    private static readonly string[] Plain = ["ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum"];

    internal static IEnumerable<KeyValuePair<string, ReadingForm>> Rules { get; } = Types.Select(static type => KeyValuePair.Create<string, ReadingForm>(type, Read));

    /// <summary>The first opset in which an operator's axes are an input; null for operators that are no reductions.</summary>
    internal static int? AxesAreInputSince(string type) => !Types.Contains(type) ? null : type == "ReduceSum" ? 13 : 18;

    private static IReadOnlyList<FileNode>? Read(FileNode node, int opset, FormContext context)
    {
        if (opset < AxesAreInputSince(node.Type))
        {
            return [node];
        }

        var plain = node.Without("noop_with_empty_axes") with { Inputs = [node.Inputs[0]] };
        var axes = node.Has(1)
            ? context.Longs(node, 1) ?? throw Fail(node, context.Constant(node.Inputs[1]) is { } other ? $"must be int64, found {other}" : $"must be a constant, found the computed value '{node.Inputs[1]}'")
            : [];
        if (!axes.IsEmpty)
        {
            return [plain.With("axes", new AttributeValue.Ints(axes))];
        }

        return node.Int("noop_with_empty_axes") != 1 ? [plain]
            : Plain.Contains(node.Type) ? [plain with { Type = "Identity", Attributes = [] }]
            : null;
    }

    private static ToolchainException Fail(FileNode node, string problem) => new(ErrorKind.BadInput, $"{node.Type} node '{node.Name}': input 1 (axes) {problem}.");
}
