using Toolchain.Graphs.Onnx;
using Toolchain.Runtime;

namespace Toolchain.Export.Tests.Support;

/// <summary>Runs graphs in ONNX Runtime, by way of a file.</summary>
internal static class OnnxRuntime
{
    /// <summary>Runs a graph as it stands: without ONNX Runtime's own optimisations, which fold batch normalisations too.</summary>
    public static IReadOnlyDictionary<string, TensorData> Run(Graph graph, TensorData input, int opset = Graph.DefaultOpset, bool optimize = false) =>
        Run(graph, [input], opset, optimize).Single();

    /// <summary>Runs a graph on several inputs, one after the other.</summary>
    public static IReadOnlyList<IReadOnlyDictionary<string, TensorData>> Run(Graph graph, IReadOnlyList<TensorData> inputs, int opset = Graph.DefaultOpset, bool optimize = false)
    {
        using var folder = new TemporaryFolder();
        OnnxFile.Write(graph, folder["graph.onnx"], new() { Opset = opset });
        using var session = ModelSession.Load(folder["graph.onnx"], new() { Device = DeviceSpec.Cpu, Optimize = optimize });
        return [.. inputs.Select(input => session.Run(new Dictionary<string, TensorData> { [graph.Inputs[0].Name] = input }))];
    }

    /// <summary>The output of a graph that has one.</summary>
    public static float[] Output(Graph graph, TensorData input) => Run(graph, input).Values.Single().Values<float>().ToArray();

    /// <summary>Asserts that two graphs with one output compute the same.</summary>
    public static void AssertSame(Graph expected, Graph actual, TensorData input) => AssertClose(Output(expected, input), Output(actual, input));

    /// <summary>Asserts that values are equal up to what another order of float32 operations changes.</summary>
    public static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance = 1e-5)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance * Math.Max(1, Math.Abs(expected[i])), $"Value {i}: expected {expected[i]:R}, found {actual[i]:R}.");
        }
    }
}
