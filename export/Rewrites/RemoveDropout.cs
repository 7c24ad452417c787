using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>Takes out <c>Dropout</c>, which passes its input on at inference.</summary>
internal sealed record RemoveDropout : Rewrite
{
    /// <inheritdoc/>
    public override string Name => "remove-dropout";

    /// <inheritdoc/>
    public override RewriteResult Apply(Graph graph)
    {
        var (result, removed, kept) = Bypass.Nodes(graph, static n => n.Op is Dropout && n.Outputs.Count == 1);
        return Changed(result, new(removed, "removed"), new(kept, "kept", IsDone: false));
    }
}
