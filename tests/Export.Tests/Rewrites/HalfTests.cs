using Toolchain.Export.Rewrites;
using Toolchain.Export.Tests.Support;
using Toolchain.Export.Verification;
using Toolchain.Graphs.Onnx;

namespace Toolchain.Export.Tests.Rewrites;

public sealed class HalfTests
{
    private static readonly TensorData Image = RandomData.Floats([2, 3, 5, 5]);

    [Fact]
    public void Stored_weights_are_float16_and_everything_computes_in_float32()
    {
        var graph = Net().Build();

        var (result, report) = new HalveStorage().Apply(graph);

        Assert.Equal(2, report.Count("weights stored as float16"));
        Assert.Equal([ElementType.Float16, ElementType.Float32, ElementType.Float16], result.Initializers.Values.Select(static w => w.Type));
        Assert.Equal(ElementType.Float32, GraphTypes.Infer(result)["conv"]!.Element);
        AssertClose(graph, result, Tolerances.HalfStorage);
    }

    [Fact]
    public void Float16_computes_between_two_casts()
    {
        var graph = Net().Build();

        var (result, report) = new HalveCompute().Apply(graph);

        var types = GraphTypes.Infer(result);
        Assert.Equal((4, 4), (report.Count("nodes in float16"), report.Count("casts added")));
        Assert.Equal(
            ["Cast", "Conv", "Relu", "MaxPool", "Cast", "GlobalAveragePool", "Flatten", "Cast", "Gemm", "Cast"],
            Ordered(result).Select(static n => n.Op.Type));
        Assert.Equal((ElementType.Float32, ElementType.Float32), (types["x"]!.Element, types["y"]!.Element));
        Assert.All(result.Initializers.Values, static w => Assert.Equal(ElementType.Float16, w.Type));
        AssertClose(graph, result, Tolerances.HalfCompute);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_weight_beyond_float16_stays_and_is_reported(bool storage)
    {
        var graph = Net().Build();
        graph = graph with { Initializers = graph.Initializers.Select(static (name, data) => name == "fc.weight" ? TensorData.Of<float>([.. data.Values<float>().ToArray().Select((v, i) => i == 3 ? 70_000f : v)], data.Dimensions.AsSpan()) : data) };

        var (result, report) = (storage ? new HalveStorage() : (Rewrite)new HalveCompute()).Apply(graph);

        Assert.Equal(1, report.Changes.Where(static c => c.What.Contains("beyond", StringComparison.Ordinal)).Sum(static c => c.Count));
        Assert.Same(graph.Initializers["fc.weight"], result.Initializers["fc.weight"]);
        AssertClose(graph, result, Tolerances.HalfCompute);
    }

    [Fact]
    public void A_value_that_both_precisions_read_is_cast_once()
    {
        var graph = new Sketch().Weight("w", 4, 3, 1, 1).Node("conv", new Conv(), "x", "w").Node("soft", new Softmax(1), "conv").Node("log", new LogSoftmax(1), "conv")
            .Node("relu", new Relu(), "conv").Node("sum", new Add(), "soft", "log").Node("y", new Add(), "sum", "relu").Output("y").Build();

        var (result, _) = new HalveCompute().Apply(graph);

        Assert.Equal(1, result.Nodes.Count(static n => n.Op is Cast { To: ElementType.Float32 } && n.Outputs[0] == "conv"));
        AssertClose(graph, result, Tolerances.HalfCompute);
    }

    [Fact]
    public void Constants_of_operators_become_float16_and_scales_of_a_resize_do_not()
    {
        var graph = new Sketch().Weight("w", 4, 3, 1, 1).Node("low", new Constant(TensorData.Scalar(-0.5f))).Node("high", new Constant(TensorData.Scalar(0.5f))).Node("scales", new Constant(TensorData.Of<float>([1, 1, 2, 2])))
            .Node("conv", new Conv(), "x", "w").Node("clip", new Clip(), "conv", "low", "high").Node("y", new Resize(), "clip", "", "scales").Output("y").Build();

        var (result, report) = new HalveCompute().Apply(graph);

        Assert.Equal(3, report.Count("nodes in float16"));
        AssertClose(graph, result, Tolerances.HalfCompute);
    }

    [Fact]
    public void A_graph_without_products_stays()
    {
        var graph = new Sketch().Node("y", new Relu(), "x").Output("y").Build();
        var (result, report) = new HalveCompute().Apply(graph);

        Assert.Equal(graph.Nodes, result.Nodes);
        Assert.Equal("nothing to do", report.ToString());
    }

    [Fact]
    public void Float16_storage_halves_the_file()
    {
        using var folder = new TemporaryFolder();
        var (trained, _) = NetworkSamples.Build("resnet20");
        var (whole, _) = RewritePipeline.Inference.Apply(trained);
        OnnxFile.Write(whole, folder["whole.onnx"]);
        OnnxFile.Write(new HalveStorage().Apply(whole).Graph, folder["half.onnx"]);
        Assert.InRange(new FileInfo(folder["half.onnx"]).Length / (double)new FileInfo(folder["whole.onnx"]).Length, 0.5, 0.53);
    }

    private static Sketch Net() => new Sketch().Weight("conv.weight", 4, 3, 3, 3).Weight("conv.bias", 4).Weight("fc.weight", 2, 4)
        .Node("conv", new Conv(), "x", "conv.weight", "conv.bias").Node("relu", new Relu(), "conv").Node("pool", new MaxPool([2, 2]), "relu")
        .Node("mean", new GlobalAveragePool(), "pool").Node("flat", new Flatten(), "mean").Node("y", new Gemm(TransB: true), "flat", "fc.weight").Output("y");

    private static IEnumerable<Node> Ordered(Graph graph) => graph.Nodes.Where(static n => n.Op is not Constant);

    private static void AssertClose(Graph expected, Graph actual, double tolerance)
    {
        var (wanted, found) = (OnnxRuntime.Output(expected, Image), OnnxRuntime.Output(actual, Image));
        var largest = wanted.Max(static v => Math.Abs(v));
        OnnxRuntime.AssertClose(wanted, found, tolerance * largest);
        Assert.NotEqual(wanted, found);
    }
}
