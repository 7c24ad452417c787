using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>
/// Merges <c>Mul</c> and <c>Div</c> by a constant for each channel into the weights of the convolution or matrix product before them (<see cref="FoldingBehind"/>).
/// </summary>
internal sealed record FoldScaling : Rewrite
{
    /// <inheritdoc/>
    public override string Name => "fold-scaling";

    /// <inheritdoc/>
    public override RewriteResult Apply(Graph graph)
    {
        var (result, folded) = FoldingBehind.Apply(graph, static op => op is Mul or Div);
        return Changed(result, new Change(folded, "folded"));
    }
}
