namespace Toolchain.Graphs.Onnx;

/// <summary>Translates operator records, which have the form of <see cref="Graph.DefaultOpset"/>, into the form of the opset that is written.</summary>
internal static class OpsetForms
{
    /// <summary>Split has the number of its outputs as an attribute, too (onnx/docs/Changelog.md).</summary>
    private const int NumOutputs = 18;

    /// <summary>Reshape gained allowzero.</summary>
    private const int AllowZero = 14;

    /// <summary>The node as the opset writes it: after a <see cref="Constant"/> node for what has become an input, or as several nodes.</summary>
    internal static IEnumerable<Node> Write(Node node, NodeContext context, int opset, Func<string, string> uniqueName)
    {
        switch (node.Op)
        {
            case { } newer when newer.Since > opset:
                return Decomposition.Of(node, context, uniqueName).SelectMany(part => Write(part, context, opset, uniqueName));
            case Split { } split when node.Inputs.Count == 1 || node.Inputs[1].Length == 0:
                return WriteSplit(node, split, context, opset, uniqueName);
            case Reshape { AllowZero: true } when opset < AllowZero:
                throw new ToolchainException(ErrorKind.BadInput, $"{node} has allowzero, which opset {opset} lacks. Write opset {AllowZero} or later.");
            case Reduction { Axes.IsEmpty: false } reduction when opset >= reduction.AxesAreInputSince:
                return WithInput(node with { Op = reduction with { Axes = [] } }, uniqueName($"{node.Name}.axes"), reduction.Axes);
            case Foreign { Space: "" } foreign:
                return WriteForeign(node, foreign, opset, uniqueName);
            default:
                return [node];
        }
    }

    private static Node[] WriteSplit(Node node, Split split, NodeContext context, int opset, Func<string, string> uniqueName)
    {
        if (opset >= NumOutputs)
        {
            return [node with { Op = new Foreign(split.Type, "", [.. split.Attributes, new("num_outputs", new AttributeValue.Int(node.Outputs.Count))]) }];
        }

        // Parts that are not equal must be listed there.
        var axis = context.Shape(0) is { } shape ? shape[context.Axis(split.Axis, shape.Rank)] : Dimension.Unknown;
        return axis.IsKnown && axis.Value % node.Outputs.Count != 0
            ? WithInput(node with { Inputs = [node.Inputs[0]] }, uniqueName($"{node.Name}.split"), Split.Sizes(context, axis.Value))
            : [node];
    }

    private static Node[] WriteForeign(Node node, Foreign foreign, int opset, Func<string, string> uniqueName)
    {
        if (foreign.Opset is { } own)
        {
            return own == opset ? [node] : throw Refused(node, own, opset);
        }

        if (ReductionForms.AxesAreInputSince(foreign.Name) is { } since)
        {
            return opset >= since && foreign.Kept.FirstOrDefault(static a => a.Name == "axes")?.Value is AttributeValue.Ints axes
                ? WithInput(node with { Op = foreign with { Kept = foreign.Kept.Where(static a => a.Name != "axes").ToEquatableArray() } }, uniqueName($"{node.Name}.axes"), axes.Value)
                : [node];
        }

        return opset == Graph.DefaultOpset || OperatorHistory.Exists(foreign.Name, opset) ? [node] : throw Refused(node, Graph.DefaultOpset, opset);
    }

    private static Node[] WithInput(Node node, string name, EquatableArray<long> values) =>
        [new(name, new Constant(TensorData.Of(values.AsSpan())), [], [name]), node with { Inputs = [.. node.Inputs, name] }];

    private static ToolchainException Refused(Node node, int own, int opset) => new(
        ErrorKind.BadInput,
        $"{node} is an operator that the toolchain does not know, in the form of opset {own}; it cannot be written as opset {opset}. "
        + (own >= Opsets.First ? $"Write opset {own}." : $"Export the model again with opset {Graph.DefaultOpset}, or convert it with onnx.version_converter."));
}
