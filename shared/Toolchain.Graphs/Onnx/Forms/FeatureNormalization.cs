namespace Toolchain.Graphs.Onnx;

/// <summary>
/// Batch normalisation until opset 8, whose attribute <c>spatial</c> says whether pixels share the statistics of their channel. With 0 every value of a sample has
/// its own, [C, H, W]: a normalisation of the rows of a matrix.
/// </summary>
internal static class FeatureNormalization
{
    private const int Parameters = 4;

    internal static IReadOnlyList<FileNode>? Read(FileNode node, int opset, FormContext context)
    {
        if (opset >= 9 || node.Int("spatial") is null or 1)
        {
            return [opset < 9 ? node.Without("spatial") : node];
        }

        // The matrix has as many columns as one sample has values, and so must the parameters; somebody else may read them as they are.
        var names = node.Inputs.Skip(1).ToArray();
        if (names.Length != Parameters || !Array.TrueForAll(names, context.IsOwnWeight))
        {
            return null;
        }

        Array.ForEach(names, context.FlattenWeight);
        return MatrixForm.Of(node.Without("spatial"), 1, context.Shape(node, 0), context);
    }
}
