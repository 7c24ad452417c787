using Toolchain.Graphs;
using Toolchain.Runtime;

namespace Toolchain.Export.Ensembles;

/// <summary>An ensemble as one graph in which every member is a branch of its own, between the shared input and the mean.</summary>
internal static class BranchLayout
{
    /// <summary>Merges graphs.</summary>
    /// <param name="plan">What the ensemble takes and gives.</param>
    /// <param name="graphs">One for each member, with one input and the averaged output.</param>
    /// <exception cref="ToolchainException">Names of members cannot be kept apart (<see cref="ErrorKind.BadInput"/>).</exception>
    public static Graph Merge(EnsemblePlan plan, IReadOnlyList<Graph> graphs)
    {
        var nodes = new NodeList(EnsembleHead.Reserved);
        var weights = new List<KeyValuePair<string, TensorData>>();
        var outputs = new List<string>();
        foreach (var (index, graph) in graphs.Index())
        {
            var branch = MemberNames.Apart(graph, index, plan.Input.ValueFor(plan.Members[index].Preprocessing, nodes));
            nodes.AddRange(branch);
            weights.AddRange(branch.Initializers);
            outputs.Add(branch.Outputs[0].Name);
        }

        var beside = outputs.Select(output => EnsembleHead.Beside(nodes, output)).ToArray();
        nodes.AddOutput(ModelTensors.Members, new Concat(1), beside);
        return plan.Finish(nodes, new(weights));
    }
}
