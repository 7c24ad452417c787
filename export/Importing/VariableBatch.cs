using Toolchain.Export.Rewrites;
using Toolchain.Graphs;

namespace Toolchain.Export.Importing;

/// <summary>
/// Makes the batch of a graph variable: its input's first dimension becomes <c>N</c>, and reshapes that say the file's fixed batch copy the dimension
/// instead. That the graph still computes the same for one and for several images is proven by running it.
/// </summary>
internal sealed record VariableBatch : Rewrite
{
    private const string Batch = "N";

    /// <inheritdoc/>
    public override string Name => "variable-batch";

    /// <inheritdoc/>
    public override RewriteResult Apply(Graph graph)
    {
        var input = graph.Inputs[0];
        var old = input.Type.Shape![0];
        var result = graph with { Inputs = [input with { Type = input.Type with { Shape = input.Type.Shape.With(0, Batch) } }] };
        if (!old.IsKnown)
        {
            return Changed(result);
        }

        // Behind operators that are not known nobody can say what a dimension is; running the graph shows it.
        var (freed, reshapes) = CopiedBatch.In(result, old.Value, static _ => true);
        return Changed(freed, new Change(reshapes, "reshapes changed"));
    }
}
