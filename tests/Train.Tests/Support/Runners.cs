using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Runtime;
using Toolchain.Train.Execution;
using static TorchSharp.torch;

namespace Toolchain.Train.Tests.Support;

/// <summary>The two engines on one graph.</summary>
internal static class Runners
{
    /// <summary>The first output as libtorch computes it, without gradients.</summary>
    public static TensorData Torch(Graph graph, TensorData input, ComputeMode? mode = null, bool training = false)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        using var network = new GraphExecutor(graph, CPU, mode) { Training = training };
        return network.Forward((mode ?? ComputeMode.Default).Arrange(input.ToTensor())).ToTensorData();
    }

    /// <summary>The first output as ONNX Runtime computes it from the written file.</summary>
    public static TensorData OnnxRuntime(Graph graph, TensorData input, int opset = Graph.DefaultOpset)
    {
        using var session = Load(graph, opset);
        return Run(session, graph, input);
    }

    /// <summary>The written graph in ONNX Runtime; the caller disposes it.</summary>
    public static ModelSession Load(Graph graph, int opset = Graph.DefaultOpset)
    {
        var path = Session.NewPath("graph.onnx");
        OnnxFile.Write(graph, path, new() { Opset = opset });
        return ModelSession.Load(path, new SessionSpec { Device = DeviceSpec.Cpu, Threads = 1 });
    }

    public static TensorData Run(ModelSession session, Graph graph, TensorData input) =>
        session.Run(new Dictionary<string, TensorData> { [graph.Inputs[0].Name] = input })[graph.Outputs[0].Name];
}
