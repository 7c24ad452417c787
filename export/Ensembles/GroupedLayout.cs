using Toolchain.Export.Ensembles.Grouping;
using Toolchain.Graphs;
using Toolchain.Runtime;

namespace Toolchain.Export.Ensembles;

/// <summary>
/// An ensemble whose members run together: a convolution of all members is one with as many groups, and their matrix products are one batched product. What has
/// no weights is shared, because it treats channels one by one.
/// </summary>
internal static class GroupedLayout
{
    /// <summary>Merges graphs.</summary>
    /// <param name="plan">What the ensemble takes and gives.</param>
    /// <param name="graphs">One for each member, with one input and the averaged output.</param>
    /// <exception cref="ToolchainException">The members have different architectures, or one that has an operator without a grouped form, which the message names (<see cref="ErrorKind.BadInput"/>).</exception>
    public static Graph Merge(EnsemblePlan plan, IReadOnlyList<Graph> graphs)
    {
        var (first, names) = (graphs[0], plan.Members.Select(static m => m.ToString()).ToArray());
        var same = Correspondence.Of(graphs, names);
        var types = GraphTypes.Infer(first, plan.Members[0].Model.ValueInfo);
        var nodes = new NodeList(EnsembleHead.Reserved);
        var weights = new GroupedWeights(nodes);
        var operators = new GroupedOperators(nodes, weights, graphs.Count, same);
        operators.Define(first.Inputs[0].Name, Input(plan, nodes, first.Inputs[0].Type.Shape!));

        var (logits, ending) = plan.IsRegression ? (first.Outputs[0].Name, []) : Logits(first);
        foreach (var node in first.Nodes.Where(n => n.Op is not Constant && !ending.Contains(n.Name)))
        {
            if (operators.Add(node, types[node.Outputs[0]]?.Shape) is { } reason)
            {
                throw new ToolchainException(ErrorKind.BadInput, $"{node} of member {names[0]} cannot run grouped: {reason}. Use --layout branches.");
            }
        }

        nodes.AddOutput(ModelTensors.Members, plan.IsRegression ? new Identity() : new Softmax(2), operators.Beside(logits));
        return plan.Finish(nodes, weights.All);
    }

    // Members that normalise alike read one input; otherwise their inputs lie one after the other.
    private static GroupedValue Input(EnsemblePlan plan, NodeList nodes, Shape shape)
    {
        string[] values = [.. plan.Members.Select(m => plan.Input.ValueFor(m.Preprocessing, nodes))];
        return values.Distinct().Count() == 1
            ? new(values[0], GroupedForm.Shared, shape)
            : new(nodes.Add("all.input", new Concat(1), values), GroupedForm.Channels, shape);
    }

    // What the last softmax over the classes reads, and the nodes from there on: the members' probabilities are made of their logits all at once. The softmax
    // of log-probabilities is that of the logits that they are made of.
    private static (string Logits, HashSet<string> Ending) Logits(Graph graph)
    {
        var rank = graph.Outputs[0].Type.Shape?.Rank ?? 2;
        var ending = new HashSet<string>(StringComparer.Ordinal);
        var (value, found) = (graph.Outputs[0].Name, false);
        while (graph.Nodes.FirstOrDefault(n => n.Outputs.Contains(value)) is { } node && (node.Op is Identity || IsOverClasses(node.Op, rank)))
        {
            found |= node.Op is Softmax;
            ending.Add(node.Name);
            value = node.Inputs[0];
        }

        return found ? (value, ending) : throw new ToolchainException(ErrorKind.BadInput, $"Graph '{graph.Name}' does not end in a softmax over its classes, so it cannot run grouped. Use --layout branches.");
    }

    private static bool IsOverClasses(Operator op, int rank) => op switch
    {
        Softmax { Axis: var axis } => axis == 1 || axis + rank == 1,
        LogSoftmax { Axis: var axis } => axis == 1 || axis + rank == 1,
        _ => false,
    };
}
