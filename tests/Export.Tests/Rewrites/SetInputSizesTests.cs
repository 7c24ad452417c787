using Toolchain.Export.Rewrites;
using Toolchain.Export.Tests.Support;

namespace Toolchain.Export.Tests.Rewrites;

public sealed class SetInputSizesTests
{
    [Fact]
    public void A_fixed_batch_reaches_every_shape()
    {
        var (result, report) = new SetInputSizes(new(Batch: 4)).Apply(Net(["N", 3, 5, 5]));

        Assert.Equal("1 sizes set", report.ToString());
        Assert.Equal(("[4, 3, 5, 5]", "[4, 2]"), (result.Inputs[0].Type.Shape!.ToString(), result.Outputs[0].Type.Shape!.ToString()));
        Assert.Equal([4, 2], OnnxRuntime.Run(result, RandomData.Floats([4, 3, 5, 5]))["y"].Dimensions);
    }

    [Fact]
    public void A_batch_that_a_file_fixed_becomes_free()
    {
        var graph = new Sketch().Input("x", [1, 3, 4, 4]).Weight("w", 48, 2).Node("s", new Constant(TensorData.Of<long>([1, -1]))).Node("r", new Reshape(), "x", "s").Node("y", new Gemm(), "r", "w").Output("y").Build();

        var (result, report) = new SetInputSizes(new(Batch: "N")).Apply(graph);

        Assert.Equal((1, 1), (report.Count("sizes set"), report.Count("reshapes freed")));
        Assert.Equal("[N, 2]", result.Outputs[0].Type.Shape!.ToString());
        Assert.Equal(OnnxRuntime.Output(graph, RandomData.Floats([1, 3, 4, 4])), OnnxRuntime.Output(result, RandomData.Floats([1, 3, 4, 4])));
        Assert.Equal([5, 2], OnnxRuntime.Run(result, RandomData.Floats([5, 3, 4, 4]))["y"].Dimensions);
    }

    [Fact]
    public void Open_sizes_run_at_any_size_where_the_structure_allows_it()
    {
        var (result, _) = new SetInputSizes(new(Height: "H", Width: "W")).Apply(Net(["N", 3, 5, 5]));
        foreach (var (height, width) in new[] { (5, 5), (9, 7) })
        {
            var image = RandomData.Floats([2, 3, height, width]);
            var (same, _) = new SetInputSizes(new(Height: height, Width: width)).Apply(Net(["N", 3, 5, 5]));
            Assert.Equal(OnnxRuntime.Output(same, image), OnnxRuntime.Output(result, image));
        }
    }

    [Fact]
    public void A_size_that_does_not_fit_is_refused_with_the_node()
    {
        var graph = new Sketch().Weight("w", 75, 2).Node("f", new Flatten(), "x").Node("fc", new Gemm(), "f", "w").Output("fc").Build();

        var refusal = Assert.Throws<ToolchainException>(() => new SetInputSizes(new(Height: 6)).Apply(graph));

        Assert.Contains("cannot take [N, 3, 6, 5]: Gemm node 'fc': the weight expects 75 features, found 90", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_batch_that_is_stated_inside_is_refused()
    {
        var graph = new Sketch().Input("x", ["N", 3, 4, 4]).Node("s", new Constant(TensorData.Of<long>([2, -1]))).Node("y", new Reshape(), "x", "s").Output("y").Build();
        Assert.Contains("cannot have a batch of 3", Assert.Throws<ToolchainException>(() => new SetInputSizes(new(Batch: 3)).Apply(graph)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sizes_that_are_there_already_change_nothing()
    {
        var graph = Net(["N", 3, 5, 5]);
        Assert.Same(graph, new SetInputSizes(new(Batch: "N", Height: 5)).Apply(graph).Graph);
    }

    private static Graph Net(Shape input) => new Sketch().Input("x", input).Weight("w", 4, 3, 3, 3).Weight("fc", 2, 4)
        .Node("conv", new Conv(), "x", "w").Node("mean", new GlobalAveragePool(), "conv").Node("flat", new Flatten(), "mean").Node("y", new Gemm(TransB: true), "flat", "fc").Output("y").Build();
}
