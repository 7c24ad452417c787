using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>Rewrites in the order in which they run.</summary>
internal sealed record RewritePipeline(EquatableArray<Rewrite> Rewrites)
{
    // Each round that changes something takes at least one node out of a chain; real networks need two or three.
    private const int MaxRounds = 16;

    /// <summary>What turns a trained graph into one for inference. Dropout goes first, so that nothing stands between a convolution and its normalisation.</summary>
    public static RewritePipeline Inference { get; } = new([new KeepPadding()])
    {
        Simplifications =
        [
            new RemoveDropout(), new RemoveIdentity(), new FoldShapes(), new FoldConstants(), new FoldPadding(), new FoldBias(), new FoldBatchNormalization(), new FoldScaling(), new FoldIntoNext(),
            new SimplifyShapes(), new MergeDuplicates(), new RemoveDeadNodes(),
        ],
    };

    /// <summary>Rewrites that run before the others, again and again until none of them finds anything; what one of them does can be what another waits for.</summary>
    public EquatableArray<Rewrite> Simplifications { get; init; } = [];

    /// <summary>The pipeline with further rewrites at its end.</summary>
    public RewritePipeline Then(params ReadOnlySpan<Rewrite> further) => this with { Rewrites = [.. Rewrites, .. further] };

    /// <summary>Runs every rewrite and collects their reports, one for each.</summary>
    public (Graph Graph, IReadOnlyList<RewriteReport> Reports) Apply(Graph graph)
    {
        var simplified = Simplifications.Select(static r => new RewriteReport(r.Name, [])).ToArray();
        for (var (round, changed) = (0, true); changed && round < MaxRounds; round++)
        {
            changed = false;
            for (var i = 0; i < simplified.Length; i++)
            {
                (graph, var report) = Simplifications[i].Apply(graph);
                changed |= report.Changes.Any(static c => c.IsDone);
                simplified[i] = simplified[i].Then(report);
            }
        }

        var reports = new List<RewriteReport>(simplified);
        foreach (var rewrite in Rewrites)
        {
            (graph, var report) = rewrite.Apply(graph);
            reports.Add(report);
        }

        return (graph, reports);
    }
}
