using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>Rewrites in the order in which they run.</summary>
internal sealed record RewritePipeline(EquatableArray<Rewrite> Rewrites)
{
    /// <summary>What turns a trained graph into one for inference. Dropout goes first, so that nothing stands between a convolution and its normalisation.</summary>
    public static RewritePipeline Inference { get; } = new([new RemoveDropout(), new RemoveIdentity(), new FoldBatchNormalization(), new RemoveDeadNodes()]);

    /// <summary>The pipeline with further rewrites at its end.</summary>
    public RewritePipeline Then(params ReadOnlySpan<Rewrite> further) => new([.. Rewrites, .. further]);

    /// <summary>Runs every rewrite and collects their reports.</summary>
    public (Graph Graph, IReadOnlyList<RewriteReport> Reports) Apply(Graph graph)
    {
        var reports = new List<RewriteReport>();
        foreach (var rewrite in Rewrites)
        {
            (graph, var report) = rewrite.Apply(graph);
            reports.Add(report);
        }

        return (graph, reports);
    }
}
