using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>
/// Computes in float16 where that is fast on GPUs and safe (<see cref="HalfPrecision"/>); the graph's inputs and outputs keep their types, and a value is cast once, at
/// the border between the two. Weights that only float16 nodes read are stored as float16.
/// </summary>
internal sealed record HalveCompute : Rewrite
{
    /// <inheritdoc/>
    public override string Name => "halve-compute";

    /// <inheritdoc/>
    public override RewriteResult Apply(Graph graph)
    {
        var conversion = new HalfConversion(graph);
        return Changed(
            conversion.Run(),
            new(conversion.Halved, "nodes in float16"),
            new(conversion.Casts, "casts added"),
            new(conversion.Beyond, "weights beyond the range of float16 kept", IsDone: false));
    }
}
