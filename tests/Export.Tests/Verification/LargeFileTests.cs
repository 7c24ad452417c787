using Toolchain.Export.Tests.Support;
using Toolchain.Graphs.Onnx;
using Toolchain.Runtime;

namespace Toolchain.Export.Tests.Verification;

/// <summary>Files whose weights ONNX Runtime maps instead of reading them.</summary>
public sealed class LargeFileTests
{
    private const int Size = 2300;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_large_file_is_run_with_the_weights_that_are_in_it(bool external)
    {
        using var folder = new TemporaryFolder();
        var doubling = new float[Size * Size];
        for (var i = 0; i < Size; i++)
        {
            doubling[(i * Size) + i] = 2;
        }

        var graph = new Sketch().Input("x", ["N", Size]).Weight("w", 1).Node("y", new Relu(), "x").Output("y").Build();
        graph = graph with
        {
            Nodes = [new("product", new MatMul(), ["x", "w"], ["y"])],
            Initializers = new([new("w", TensorData.Of<float>(doubling, Size, Size))]),
        };
        OnnxFile.Write(graph, folder["large.onnx"], new() { ExternalDataThreshold = external ? 1024 : null });
        var input = RandomData.Floats([3, Size]);

        using var session = ModelSession.Load(folder["large.onnx"], new() { Device = DeviceSpec.Cpu });

        Assert.Equal(input.Values<float>().ToArray().Select(static v => 2 * v), session.Run(new Dictionary<string, TensorData> { ["x"] = input })["y"].Values<float>().ToArray());
    }

    [Fact]
    public void A_large_file_that_is_cut_off_is_refused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["large.onnx"], new byte[20 << 20]);

        var refusal = Assert.Throws<ToolchainException>(() => ModelSession.Load(folder["large.onnx"], new() { Device = DeviceSpec.Cpu }));

        Assert.Equal(ErrorKind.BadInput, refusal.Kind);
        Assert.Contains("large.onnx", refusal.Message, StringComparison.Ordinal);
    }
}
