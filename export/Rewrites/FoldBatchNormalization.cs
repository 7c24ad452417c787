using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>
/// Merges <c>BatchNormalization</c> into the <c>Conv</c>, <c>ConvTranspose</c>, <c>Gemm</c> or matrix <c>MatMul</c> before it (<see cref="FoldingBehind"/>).
/// One that cannot be merged exactly stays.
/// </summary>
internal sealed record FoldBatchNormalization : Rewrite
{
    /// <inheritdoc/>
    public override string Name => "fold-batch-normalization";

    /// <inheritdoc/>
    public override RewriteResult Apply(Graph graph)
    {
        var (result, folded) = FoldingBehind.Apply(graph, static op => op is BatchNormalization);
        return Changed(result, new(folded, "folded"), new(result.Nodes.Count(static n => n.Op is BatchNormalization), "kept", IsDone: false));
    }
}
