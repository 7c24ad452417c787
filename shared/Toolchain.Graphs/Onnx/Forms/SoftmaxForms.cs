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

        return MatrixForm.Of(node.With("axis", new AttributeValue.Int(-1)), axis, shape, context);
    }
}
