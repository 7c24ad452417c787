using Toolchain.Graphs;

namespace Toolchain.Train.Losses;

/// <summary>What the numbers are that a classifier's graph ends in.</summary>
public enum OutputForm
{
    /// <summary>Logits: any numbers, of which a softmax makes probabilities.</summary>
    Logits,

    /// <summary>Log-probabilities: the graph ends in <c>LogSoftmax</c> over the classes.</summary>
    LogProbabilities,

    /// <summary>Probabilities: the graph ends in <c>Softmax</c> over the classes.</summary>
    Probabilities,
}

/// <summary>Reads the form of a graph's output off its last operator.</summary>
public static class OutputForms
{
    /// <summary>The form of the first output.</summary>
    public static OutputForm Of(Graph graph)
    {
        var output = graph.Outputs[0];
        var rank = output.Type.Shape?.Rank ?? 2;
        return Last(graph, output.Name)?.Op switch
        {
            LogSoftmax { Axis: var axis } when IsOverClasses(axis, rank) => OutputForm.LogProbabilities,
            Softmax { Axis: var axis } when IsOverClasses(axis, rank) => OutputForm.Probabilities,
            _ => OutputForm.Logits,
        };
    }

    private static Node? Last(Graph graph, string value)
    {
        var node = graph.Nodes.FirstOrDefault(n => n.Outputs.Contains(value));
        return node is { Op: Identity } ? Last(graph, node.Inputs[0]) : node;
    }

    private static bool IsOverClasses(long axis, int rank) => (axis < 0 ? axis + rank : axis) == 1;
}
