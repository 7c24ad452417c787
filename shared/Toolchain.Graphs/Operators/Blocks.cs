namespace Toolchain.Graphs;

/// <summary>
/// Spreads channels over blocks of pixels, ONNX <c>DepthToSpace</c> opset 13: [N, C·b², H, W] → [N, C, H·b, W·b]; PyTorch's <c>PixelShuffle</c> is the form CRD.
/// </summary>
/// <param name="BlockSize">b.</param>
/// <param name="ColumnRowDepth">Whether the channels lie as [C, b, b] (CRD) instead of [b, b, C] (DCR, ONNX's default).</param>
public sealed record DepthToSpace(long BlockSize, bool ColumnRowDepth = false) : Operator
{
    /// <inheritdoc/>
    public override string Type => "DepthToSpace";

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes => [new("blocksize", new AttributeValue.Int(BlockSize)), .. Unless("DCR", "mode", ColumnRowDepth ? "CRD" : "DCR")];

    internal static DepthToSpace Read(AttributeReader a) => new(a.RequiredInt("blocksize"), a.Text("mode", "DCR") switch
    {
        "DCR" => false,
        "CRD" => true,
        var other => throw a.Fail("mode", "DCR or CRD", other),
    });

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        Blocks.Check(node, BlockSize);
        if (node.Shape(0, 4, "[N, C, H, W]") is not { } input)
        {
            return [new(node.Input(0).Element, null)];
        }

        var area = BlockSize * BlockSize;
        return input[1].IsKnown && input[1].Value % area != 0
            ? throw node.Fail($"{input[1]} channels cannot be spread over blocks of {BlockSize}×{BlockSize} pixels")
            : [new(node.Input(0).Element, [input[0], input[1].IsKnown ? input[1].Value / area : Dimension.Unknown, node.Times(input[2], BlockSize), node.Times(input[3], BlockSize)])];
    }

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.DepthToSpace(this, context);
}

/// <summary>Gathers blocks of pixels into channels, ONNX <c>SpaceToDepth</c> opset 13: [N, C, H·b, W·b] → [N, b²·C, H, W], the channels as [b, b, C].</summary>
/// <param name="BlockSize">b.</param>
public sealed record SpaceToDepth(long BlockSize) : Operator
{
    /// <inheritdoc/>
    public override string Type => "SpaceToDepth";

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes => [new("blocksize", new AttributeValue.Int(BlockSize))];

    internal static SpaceToDepth Read(AttributeReader a) => new(a.RequiredInt("blocksize"));

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        Blocks.Check(node, BlockSize);
        if (node.Shape(0, 4, "[N, C, H, W]") is not { } input)
        {
            return [new(node.Input(0).Element, null)];
        }

        return [new(node.Input(0).Element, [input[0], node.Times(input[1], BlockSize * BlockSize), Divided(input[2]), Divided(input[3])])];

        Dimension Divided(Dimension size) => !size.IsKnown ? Dimension.Unknown
            : size.Value % BlockSize == 0 ? size.Value / BlockSize
            : throw node.Fail($"{input} cannot be cut into blocks of {BlockSize}×{BlockSize} pixels");
    }

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.SpaceToDepth(this, context);
}

/// <summary>What both directions check.</summary>
internal static class Blocks
{
    // The square of the block must be a number of channels.
    internal static void Check(NodeContext node, long size)
    {
        if (size is < 1 or > short.MaxValue)
        {
            throw node.Fail($"attribute 'blocksize' must be from 1 to {short.MaxValue}, found {size}");
        }
    }
}
