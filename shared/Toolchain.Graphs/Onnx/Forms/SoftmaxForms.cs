namespace Toolchain.Graphs.Onnx;

/// <summary>
/// Softmax and its kin until opset 12: the input is taken as a matrix whose columns are all axes from the attribute's on, 1 by default; from opset 13 on
/// only that one axis counts, and the default is the last one.
/// </summary>
internal static class SoftmaxForms
{
    internal static IEnumerable<KeyValuePair<string, ReadingForm>> Rules { get; } = [new("Softmax", Read), new("LogSoftmax", Read), new("Hardmax", Read)];

    private static IReadOnlyList<FileNode>? Read(FileNode node, int opset, FormContext context)
    {
        if (opset >= 13)
        {
            return [node];
        }

        var axis = node.Int("axis") ?? 1;
        var shape = context.Shape(node, 0);
        if (shape is not null && (axis < 0 ? axis + shape.Rank : axis) is var first && first >= 0 && first < shape.Rank)
        {
            // One axis alone, among others of size 1, is a row of the matrix.
            var wide = Enumerable.Range((int)first, shape.Rank - (int)first).Where(i => !shape[i].IsKnown || shape[i].Value != 1).ToArray();
            if (wide.Length < 2)
            {
                return [node.With("axis", new AttributeValue.Int(wide is [var only] ? only : first))];
            }

            axis = first;
        }
        else if (axis == -1)
        {
            return [node.With("axis", new AttributeValue.Int(axis))];
        }

        return AsMatrix(node, axis, shape, context);
    }

    private static IReadOnlyList<FileNode> AsMatrix(FileNode node, long axis, Shape? shape, FormContext context)
    {
        var flat = context.NewName($"{node.Name}.matrix");
        var rows = context.NewName($"{node.Name}.rows");
        FileNode[] matrix =
        [
            new(flat, "Flatten", "", [node.Inputs[0]], [flat], [new("axis", new AttributeValue.Int(axis))]),
            node.With("axis", new AttributeValue.Int(-1)) with { Inputs = [flat], Outputs = [rows] },
        ];
        var target = Target(axis, shape) is { } dimensions
            ? context.NewConstant(node, "shape", TensorData.Of<long>(dimensions))
            : new FileNode(context.NewName($"{node.Name}.shape"), "Shape", "", [node.Inputs[0]], [], []);
        target = target with { Outputs = [target.Name] };
        return [.. matrix, target, new(context.NewName($"{node.Name}.tensor"), "Reshape", "", [rows, target.Name], [node.Outputs[0]], [])];
    }

    /// <summary>The target of the reshape back where one constant says it: at most one size unknown, besides a first one that the matrix still has.</summary>
    private static long[]? Target(long axis, Shape? shape)
    {
        if (shape is null)
        {
            return null;
        }

        var target = shape.Select((d, i) => axis == 1 && i == 0 && !d.IsKnown ? 0 : d.IsKnown ? d.Value : -1).ToArray();
        return target.Count(static d => d == -1) <= 1 && !shape.Any(static d => d.IsKnown && d.Value == 0) ? target : null;
    }
}
