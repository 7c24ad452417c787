using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Runtime;

namespace Toolchain.Export.Rewrites;

/// <summary>Runs the constant part of a graph.</summary>
internal static class ConstantEvaluation
{
    /// <summary>The values of some outputs of nodes that depend on constants alone.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="nodes">The nodes, in order.</param>
    /// <param name="outputs">The names of the values.</param>
    /// <exception cref="ToolchainException">ONNX Runtime cannot compute them (<see cref="ErrorKind.BadInput"/>).</exception>
    public static IReadOnlyDictionary<string, TensorData> Run(Graph graph, IReadOnlyList<Node> nodes, IReadOnlySet<string> outputs)
    {
        if (outputs.Count == 0)
        {
            return new Dictionary<string, TensorData>();
        }

        var read = nodes.SelectMany(static n => n.Inputs).ToHashSet(StringComparer.Ordinal);
        var part = new Graph
        {
            Name = graph.Name,
            Inputs = [],
            Outputs = [],
            Nodes = [.. graph.Nodes.Where(n => n.Op is Constant && read.Contains(n.Outputs[0])), .. nodes],
            Initializers = graph.Initializers.Select((name, data) => read.Contains(name) ? data : null),
        };
        var types = GraphTypes.Infer(part);
        var folder = Directory.CreateTempSubdirectory("toolchain-");
        try
        {
            var path = Path.Combine(folder.FullName, "constants.onnx");
            OnnxFile.Write(part with { Outputs = outputs.Order(StringComparer.Ordinal).Select(o => new ValueInfo(o, types[o]!)).ToEquatableArray() }, path);
            using var session = ModelSession.Load(path, new() { Device = DeviceSpec.Cpu, Threads = 1, Optimize = false });
            return session.Run(new Dictionary<string, TensorData>());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
