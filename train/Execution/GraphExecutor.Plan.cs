using Toolchain.Graphs;
using Toolchain.Train.Profiling;

namespace Toolchain.Train.Execution;

/// <content>The walk: which values are freed behind each node, and which ones it may write over.</content>
public sealed partial class GraphExecutor
{
    /// <summary>A node with what is known of it.</summary>
    /// <param name="Index">Its place in the walk.</param>
    /// <param name="Node">The node.</param>
    /// <param name="Context">Types and constants of its inputs.</param>
    /// <param name="Last">Values that no later node reads.</param>
    /// <param name="Spent">Which inputs the result may be written over.</param>
    public sealed record Step(int Index, Node Node, NodeContext Context, EquatableArray<string> Last, EquatableArray<SpentInput> Spent) : IProfiledWork
    {
        string IProfiledWork.Place => Node.Name;

        string IProfiledWork.Operation => Node.Op.Type;

        /// <summary>The name of the first value that it makes.</summary>
        public string Output { get; } = Node.Outputs[0];

        /// <summary>The names of all values that it makes.</summary>
        public EquatableArray<string> Outputs { get; } = Node.Outputs.Where(static o => o.Length > 0).ToEquatableArray();
    }

    /// <summary>An input that nobody needs any more, backward included, and that is as large as the output.</summary>
    /// <param name="Index">Which input.</param>
    /// <param name="Maker">The step that made it.</param>
    public readonly record struct SpentInput(int Index, int Maker);

    private static Step[] Plan(Graph graph)
    {
        var types = GraphTypes.Infer(graph);
        var lastReader = new Dictionary<string, Node>(StringComparer.Ordinal);
        foreach (var node in graph.Nodes)
        {
            foreach (var input in node.Inputs)
            {
                lastReader[input] = node;
            }
        }

        // Only what nodes compute is freed: the input is the caller's, weights and constants stay.
        Node[] nodes = [.. graph.Nodes.Where(static n => n.Op is not Constant)];
        var makers = nodes.SelectMany(static (node, index) => node.Outputs.Where(static o => o.Length > 0).Select(output => (output, index))).ToDictionary(static o => o.output, static o => o.index, StringComparer.Ordinal);
        foreach (var output in graph.Outputs)
        {
            makers.Remove(output.Name);
        }

        var reads = graph.Nodes.SelectMany(static n => n.Inputs).CountBy(static i => i, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        return [.. nodes.Select((node, index) => new Step(
            index, node, types.Of(node), node.Inputs.Where(i => makers.ContainsKey(i) && lastReader[i] == node).Distinct().ToEquatableArray(), Spent(node)))];

        // Backward of these makers needs their inputs, not their outputs; where nobody else reads these either, a sum or a rectifier can take their place.
        EquatableArray<SpentInput> Spent(Node node) => node.Op is Relu or Add
            ? node.Inputs.Select((name, i) => (name, i))
                .Where(p => makers.TryGetValue(p.name, out var maker) && reads[p.name] == 1
                    && nodes[maker].Op is Conv or ConvTranspose or Gemm or MatMul or BatchNormalization or Add
                    && types[p.name] == types[node.Outputs[0]])
                .Select(p => new SpentInput(p.i, makers[p.name])).ToEquatableArray()
            : [];
    }
}
