namespace Toolchain.Graphs.Onnx;

/// <summary>Operators whose attributes have become inputs, and whose inputs have learned to leave things out (onnx/docs/Changelog.md).</summary>
internal static class ConstantInputForms
{
    internal static IEnumerable<KeyValuePair<string, ReadingForm>> Rules { get; } =
    [
        new("Clip", Clip),
        new("Pad", Pad),
        new("Slice", static (node, opset, context) => opset >= 10 ? [node] : WithInputs(context, node, Longs(node, "starts"), Longs(node, "ends"), Longs(node, "axes"))),
        new("Split", Split),
        new("Squeeze", static (node, opset, context) => opset >= 13 ? [node] : WithInputs(context, node, Longs(node, "axes"))),
        new("TopK", static (node, opset, context) => opset >= 10 ? [node] : WithInputs(context, node, node.Int("k") is { } k ? ("k", TensorData.Of<long>([k])) : null)),
        new("Unsqueeze", static (node, opset, context) => opset >= 13 ? [node] : WithInputs(context, node, Longs(node, "axes"))),
    ];

    /// <summary>The node with attributes taken away and constants appended to its inputs; null stands for an input that is left out.</summary>
    internal static IReadOnlyList<FileNode> WithInputs(FormContext context, FileNode node, params (string Attribute, TensorData Value)?[] inputs)
    {
        var constants = inputs.Select(i => i is { } given ? context.NewConstant(node, given.Attribute, given.Value) : null).ToArray();
        var all = node.Inputs.Concat(constants.Select(static c => c?.Name ?? "")).ToList();
        while (all[^1].Length == 0)
        {
            all.RemoveAt(all.Count - 1);
        }

        return [.. constants.OfType<FileNode>(), node.Without([.. inputs.OfType<(string Attribute, TensorData Value)>().Select(static i => i.Attribute)]) with { Inputs = all }];
    }

    private static (string Attribute, TensorData Value)? Longs(FileNode node, string attribute) =>
        node.Ints(attribute) is { } values ? (attribute, TensorData.Of(values.AsSpan())) : null;

    // Until opset 10 the bounds are attributes, and the largest float stands for none.
    private static IReadOnlyList<FileNode>? Clip(FileNode node, int opset, FormContext context)
    {
        if (opset >= 11)
        {
            return [node];
        }

        return context.Type(node.Inputs[0]) is { Element: not ElementType.Float32 }
            ? null
            : WithInputs(context, node.Without("min", "max"), Bound("min", float.MinValue), Bound("max", float.MaxValue));

        (string Attribute, TensorData Value)? Bound(string attribute, float none) =>
            node.Float(attribute) is { } bound && !bound.Equals(none) ? (attribute, TensorData.Scalar(bound)) : null;
    }

    // Until opset 10 pads and value are attributes; from 18 on pads may be of some axes only.
    private static IReadOnlyList<FileNode>? Pad(FileNode node, int opset, FormContext context)
    {
        if (opset < 11)
        {
            var fill = node.Float("value") is { } value and not 0 ? ("value", TensorData.Scalar(value)) : ((string, TensorData)?)null;
            return fill is not null && context.Type(node.Inputs[0]) is { Element: not ElementType.Float32 }
                ? null
                : WithInputs(context, node.Without("value"), Longs(node, "pads"), fill);
        }

        if (!node.Has(3))
        {
            return [node with { Inputs = [.. node.Inputs.Take(3)] }];
        }

        if (context.Longs(node, 1) is not { } pads || context.Longs(node, 3) is not { } axes || context.Shape(node, 0) is not { } shape || pads.Count != 2 * axes.Count)
        {
            return null;
        }

        var all = new long[2 * shape.Rank];
        foreach (var (index, axis) in axes.Index())
        {
            var at = axis < 0 ? axis + shape.Rank : axis;
            if (at < 0 || at >= shape.Rank)
            {
                return null;
            }

            (all[at], all[at + shape.Rank]) = (pads[index], pads[index + axes.Count]);
        }

        var constant = context.NewConstant(node, "pads", TensorData.Of<long>(all));
        return [constant, node with { Inputs = [node.Inputs[0], constant.Name, .. node.Inputs.Skip(2).Take(1)] }];
    }

    // Until opset 12 the sizes are an attribute; from 18 on their number may stand for them, which the outputs say anyway.
    private static IReadOnlyList<FileNode>? Split(FileNode node, int opset, FormContext context) =>
        opset < 13 ? WithInputs(context, node, Longs(node, "split"))
        : node.Int("num_outputs") is { } parts && parts != node.Outputs.Count ? null
        : [node.Without("num_outputs")];
}
