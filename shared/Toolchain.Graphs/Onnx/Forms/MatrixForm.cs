namespace Toolchain.Graphs.Onnx;

/// <summary>Operators that older opsets applied to a matrix, whatever the rank of their input: the axes before one are its rows, the others its columns.</summary>
internal static class MatrixForm
{
    /// <summary>The nodes that make the matrix, work on it and give it the input's shape again.</summary>
    /// <param name="node">The node, as it works on a matrix.</param>
    /// <param name="axis">The first axis of the columns.</param>
    /// <param name="shape">The input's shape; null when it is not known.</param>
    /// <param name="context">The graph around it.</param>
    internal static IReadOnlyList<FileNode> Of(FileNode node, long axis, Shape? shape, FormContext context)
    {
        var flat = context.NewName($"{node.Name}.matrix");
        var rows = context.NewName($"{node.Name}.rows");
        FileNode[] matrix =
        [
            new(flat, "Flatten", "", [node.Inputs[0]], [flat], [new("axis", new AttributeValue.Int(axis))]),
            node with { Inputs = [flat, .. node.Inputs.Skip(1)], Outputs = [rows] },
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
