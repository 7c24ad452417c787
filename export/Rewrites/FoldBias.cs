using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>
/// Makes the bias of a convolution or matrix product of an <c>Add</c> or <c>Sub</c> behind it whose constant is one for each channel (<see cref="FoldingBehind"/>).
/// A <c>MatMul</c> of matrices becomes a <c>Gemm</c>, which has a bias; one of more axes keeps its <c>Add</c>.
/// </summary>
internal sealed record FoldBias : Rewrite
{
    /// <inheritdoc/>
    public override string Name => "fold-bias";

    /// <inheritdoc/>
    public override RewriteResult Apply(Graph graph)
    {
        var (result, folded) = FoldingBehind.Apply(graph, static op => op is Add or Sub);
        return Changed(result, new Change(folded, "folded"));
    }
}
