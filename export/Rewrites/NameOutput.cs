using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>Gives the first output, which is the one that was trained, the name that says what its numbers mean.</summary>
/// <param name="Output">The name; one of <see cref="Runtime.ModelTensors"/>.</param>
internal sealed record NameOutput(string Output) : Rewrite
{
    /// <inheritdoc/>
    public override string Name => "name-output";

    /// <inheritdoc/>
    public override RewriteResult Apply(Graph graph)
    {
        if (graph.Outputs.Any(o => o.Name == Output))
        {
            return Changed(graph);
        }

        if (graph.Outputs is not [var first, ..] || !graph.Nodes.Any(n => n.Outputs.Contains(first.Name)))
        {
            throw new ToolchainException(ErrorKind.BadInput, $"Graph '{graph.Name}' has no output that a node makes, so none can be '{Output}'.");
        }

        if (new ValueNames(graph).New(Output) != Output)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"Output '{first.Name}' of graph '{graph.Name}' cannot be named '{Output}': another value inside has that name. Rename that value.");
        }

        return Changed(
            graph with
            {
                Nodes = graph.Nodes.Select(n => n with { Inputs = Renamed(n.Inputs), Outputs = Renamed(n.Outputs) }).ToEquatableArray(),
                Outputs = graph.Outputs.Select(o => o == first ? o with { Name = Output } : o).ToEquatableArray(),
            },
            new Change(1, "output named"));

        EquatableArray<string> Renamed(EquatableArray<string> names) => names.Select(n => n == first.Name ? Output : n).ToEquatableArray();
    }
}
