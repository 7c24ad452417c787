using Toolchain.Export.Tests.Support;
using Toolchain.Graphs.Onnx;
using Toolchain.Runtime;

namespace Toolchain.Export.Tests.Importing;

/// <summary>Files of older and newer opsets compute the same after they were brought into the toolchain's own: ONNX Runtime runs both.</summary>
public sealed class OpsetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names => [.. OpsetCases.All.Keys];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void A_file_of_another_opset_computes_the_same(string name)
    {
        var file = OpsetCases.All[name]();
        var path = file.Write(_folder["foreign.onnx"]);
        var read = OnnxFile.Read(path);

        foreach (var opset in new[] { Graph.DefaultOpset, Opsets.First, Opsets.Last })
        {
            // Operators that are no records exist in that form in some opsets only.
            if (opset != Graph.DefaultOpset && read.Graph.Nodes.Any(static n => n.Op is Foreign { Name: "RoiAlign" or "GridSample" }))
            {
                continue;
            }

            OnnxFile.Write(read.Graph, _folder["own.onnx"], new() { Opset = opset, KnownTypes = read.ValueInfo });
            var (expected, actual) = (Run(path), Run(_folder["own.onnx"]));
            Assert.Equal(expected.Dimensions, actual.Dimensions);
            OnnxRuntime.AssertClose(expected.Values<float>(), actual.Values<float>(), 1e-6);
        }

        TensorData Run(string model)
        {
            using var session = ModelSession.Load(model, new() { Device = DeviceSpec.Cpu, Optimize = false });
            return session.Run(file.Samples(), ["y"])["y"];
        }
    }
}
