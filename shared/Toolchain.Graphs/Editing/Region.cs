namespace Toolchain.Graphs.Editing;

/// <summary>Nodes between one value that they take and one that they give: what can be taken out of a graph and something else put in.</summary>
/// <param name="Nodes">The names of the nodes.</param>
/// <param name="Input">The value that they take from outside; weights and constants do not count.</param>
/// <param name="Output">The value that others read.</param>
/// <param name="Position">The place among the graph's nodes where the input is first read.</param>
internal sealed record Region(IReadOnlySet<string> Nodes, string Input, string Output, int Position)
{
    /// <summary>Finds input and output of a layer's nodes.</summary>
    /// <exception cref="ToolchainException">There is not exactly one of each (<see cref="ErrorKind.Usage"/>).</exception>
    public static Region Of(Graph graph, string layer, EquatableArray<string> names)
    {
        var nodes = names.ToHashSet(StringComparer.Ordinal);
        var inside = graph.Nodes.Where(n => nodes.Contains(n.Name)).ToArray();
        var made = inside.SelectMany(static n => n.Outputs).ToHashSet(StringComparer.Ordinal);
        var constants = graph.Nodes.Where(static n => n.Op is Constant).Select(static n => n.Outputs[0]).ToHashSet(StringComparer.Ordinal);
        var taken = inside.SelectMany(static n => n.Inputs)
            .Where(i => i.Length > 0 && !made.Contains(i) && !constants.Contains(i) && !graph.Initializers.ContainsKey(i))
            .Distinct().ToArray();
        var read = graph.Nodes.Where(n => !nodes.Contains(n.Name)).SelectMany(static n => n.Inputs)
            .Concat(graph.Outputs.Select(static o => o.Name))
            .Where(made.Contains).Distinct().ToArray();
        if (taken is not [var input] || read is not [var output])
        {
            throw new ToolchainException(
                ErrorKind.Usage,
                $"Layer '{layer}' cannot be replaced or removed: it takes {List(taken)} and gives {List(read)}, and only a layer or block with one input and one output can. Name the whole block, or a layer in it.");
        }

        return new(nodes, input, output, graph.Nodes.Index().First(n => nodes.Contains(n.Item.Name) && n.Item.Inputs.Contains(input)).Index);
    }

    private static string List(string[] names) => names.Length == 0 ? "nothing" : string.Join(", ", names.Select(static n => $"'{n}'"));
}
