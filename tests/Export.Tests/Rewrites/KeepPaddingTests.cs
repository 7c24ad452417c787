using Toolchain.Export.Rewrites;
using Toolchain.Export.Tests.Support;

namespace Toolchain.Export.Tests.Rewrites;

public sealed class KeepPaddingTests
{
    private static readonly TensorData Image = RandomData.Floats([2, 3, 5, 5]);

    public static TheoryData<string> Poolings => [.. Cases.Keys];

    private static readonly Dictionary<string, Operator> Cases = new()
    {
        ["mean"] = new AveragePool([2, 2]),
        ["mean with padding of its own"] = new AveragePool([3, 3], Pads: [1, 1, 1, 1], CountIncludePad: true),
        ["mean rounded up"] = new AveragePool([2, 2], Strides: [2, 2], CeilMode: true),
        ["maximum"] = new MaxPool([2, 2]),
    };

    [Theory]
    [MemberData(nameof(Poolings))]
    public void Zeros_as_large_as_the_window_stay_apart_from_a_pooling_in_ONNX_Runtime_too(string pooling)
    {
        var graph = Padded(2, Cases[pooling]);

        var (result, report) = RewritePipeline.Inference.Apply(graph);

        Assert.Equal(1, report.Single(static r => r.Rewrite == "keep-padding").Count("kept"));
        var (expected, found) = (OnnxRuntime.Run(graph, [Image]), OnnxRuntime.Run(result, [Image], optimize: true));
        OnnxRuntime.AssertClose(expected[0]["y"].Values<float>(), found[0]["y"].Values<float>(), 1e-6);
    }

    [Fact]
    public void What_fits_the_window_or_is_read_twice_is_left_alone()
    {
        Apply(Padded(1, new MaxPool([2, 2])), 0);
        Apply(Padded(2, new Conv(), "w"), 0);
        var graph = Padded(2, new AveragePool([2, 2]));
        Apply(graph with { Outputs = [.. graph.Outputs, new("padded", new(ElementType.Float32, ["N", 3, 7, 7]))] }, 0);
    }

    [Fact]
    public void Nothing_is_left_for_a_second_time() => Apply(Apply(Padded(3, new AveragePool([2, 2])), 1), 0);

    private static Graph Padded(long pad, Operator op, params string[] weights) => new Sketch()
        .Weight("w", 4, 3, 3, 3)
        .Node("pads", new Constant(TensorData.Of<long>([0, 0, pad, 0, 0, 0, pad, 0]))).Node("a", new Relu(), "x").Node("padded", new Pad(), "a", "pads")
        .Node("y", op, ["padded", .. weights]).Output("y").Build();

    private static Graph Apply(Graph graph, int kept)
    {
        var (result, report) = new KeepPadding().Apply(graph);
        Assert.Equal(kept, report.Count("kept"));
        return result;
    }
}
