namespace Toolchain.Graphs.Onnx;

/// <summary>Translates operator records, which have the form of <see cref="Graph.DefaultOpset"/>, into the form of the opset that is written.</summary>
internal static class OpsetForms
{
    /// <summary>Reshape gained allowzero.</summary>
    private const int AllowZero = 14;

    /// <summary>The node as the opset writes it, after a <see cref="Constant"/> node for what has become an input.</summary>
    internal static IEnumerable<Node> Write(Node node, int opset, Func<string, string> uniqueName)
    {
        switch (node.Op)
        {
            case Reshape { AllowZero: true } when opset < AllowZero:
                throw new ToolchainException(ErrorKind.BadInput, $"{node} has allowzero, which opset {opset} lacks. Write opset {AllowZero} or later.");
            case ReduceMean { Axes.IsEmpty: false } mean when opset >= ReductionForms.AxesAreInputSince(mean.Type):
                return WithAxes(node, mean.Axes, mean with { Axes = [] }, uniqueName);
            case Foreign { Space: "" } foreign:
                return Write(node, foreign, opset, uniqueName);
            default:
                return [node];
        }
    }

    private static Node[] Write(Node node, Foreign foreign, int opset, Func<string, string> uniqueName)
    {
        if (foreign.Opset is { } own)
        {
            return own == opset ? [node] : throw Refused(node, own, opset);
        }

        if (ReductionForms.AxesAreInputSince(foreign.Name) is { } since)
        {
            return opset >= since && foreign.Kept.FirstOrDefault(static a => a.Name == "axes")?.Value is AttributeValue.Ints axes
                ? WithAxes(node, axes.Value, foreign with { Kept = foreign.Kept.Where(static a => a.Name != "axes").ToEquatableArray() }, uniqueName)
                : [node];
        }

        return opset == Graph.DefaultOpset || OperatorHistory.Exists(foreign.Name, opset) ? [node] : throw Refused(node, Graph.DefaultOpset, opset);
    }

    private static Node[] WithAxes(Node node, EquatableArray<long> axes, Operator rest, Func<string, string> uniqueName)
    {
        var name = uniqueName($"{node.Name}.axes");
        return [new(name, new Constant(TensorData.Of(axes.AsSpan())), [], [name]), node with { Op = rest, Inputs = [.. node.Inputs, name] }];
    }

    private static ToolchainException Refused(Node node, int own, int opset) => new(
        ErrorKind.BadInput,
        $"{node} is an operator that the toolchain does not know, in the form of opset {own}; it cannot be written as opset {opset}. "
        + (own >= Opsets.First ? $"Write opset {own}." : $"Export the model again with opset {Graph.DefaultOpset}, or convert it with onnx.version_converter."));
}
