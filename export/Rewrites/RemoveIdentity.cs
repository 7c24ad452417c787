using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>Takes out <c>Identity</c>. One that gives an input, a weight or a second output its name stays.</summary>
internal sealed record RemoveIdentity : Rewrite
{
    /// <inheritdoc/>
    public override string Name => "remove-identity";

    /// <inheritdoc/>
    public override RewriteResult Apply(Graph graph)
    {
        var (result, removed, kept) = Bypass.Nodes(graph, static n => n.Op is Identity);
        return Changed(result, new(removed, "removed"), new(kept, "kept", IsDone: false));
    }
}
