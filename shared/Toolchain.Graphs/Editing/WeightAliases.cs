namespace Toolchain.Graphs.Editing;

/// <summary>
/// Gives layers their own weights again. PyTorch's exporter stores weights of equal values once, as those of fresh batch norms are, and hands them to
/// the other layers through <c>Identity</c> nodes that bear the weights' real names; trained like that, the layers would share them.
/// </summary>
public static class WeightAliases
{
    /// <summary>The graph with every such node replaced by an initializer of its output's name.</summary>
    public static Graph Separate(Graph graph)
    {
        var weights = new OrderedDictionary<string, TensorData>(graph.Initializers, StringComparer.Ordinal);
        var outputs = graph.Outputs.Select(static o => o.Name).ToHashSet(StringComparer.Ordinal);
        var nodes = new List<Node>();
        foreach (var node in graph.Nodes)
        {
            if (node.Op is Identity && weights.TryGetValue(node.Inputs[0], out var data) && !outputs.Contains(node.Outputs[0]))
            {
                weights.Add(node.Outputs[0], data);
            }
            else
            {
                nodes.Add(node);
            }
        }

        return nodes.Count == graph.Nodes.Count ? graph : graph with { Nodes = nodes.ToEquatableArray(), Initializers = new(weights) };
    }
}
