namespace Toolchain.Graphs.Onnx;

/// <summary>
/// Operators with outputs that old files name although nobody reads them: the mask of Dropout, the indices of MaxPool, the statistics of batch
/// normalisations. They are left out, and with them the attributes that only describe them.
/// </summary>
internal static class OptionalOutputs
{
    internal static IEnumerable<KeyValuePair<string, ReadingForm>> Rules { get; } =
    [
        new("BatchNormalization", static (node, opset, context) => FeatureNormalization.Read(FirstOnly(node, context), opset, context)),
        new("Dropout", Dropout),
        new("MaxPool", static (node, _, context) => [FirstOnly(node, context) is { Outputs.Count: 1 } single ? single.Without("storage_order") : node]),
    ];

    // Until opset 11 the ratio is an attribute.
    private static IReadOnlyList<FileNode> Dropout(FileNode node, int opset, FormContext context)
    {
        var first = FirstOnly(node, context);
        return opset >= 12 ? [first] : ConstantInputForms.WithInputs(context, first, first.Float("ratio") is { } ratio ? ("ratio", TensorData.Scalar(ratio)) : null);
    }

    private static FileNode FirstOnly(FileNode node, FormContext context) =>
        node.Outputs.Count > 1 && !node.Outputs.Skip(1).Any(context.IsRead) ? node with { Outputs = [node.Outputs[0]] } : node;
}
