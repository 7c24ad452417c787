using Toolchain.Export.Rewrites;
using Toolchain.Export.Tests.Support;

namespace Toolchain.Export.Tests.Rewrites;

/// <summary>Normalisations and arithmetic behind every kind of product.</summary>
public sealed class FoldIntoProductTests
{
    private static readonly TensorData Image = RandomData.Floats([2, 3, 5, 5]);
    private static readonly TensorData Rows = RandomData.Floats([3, 6]);

    [Theory]
    [InlineData(1, true)]
    [InlineData(1, false)]
    [InlineData(3, true)]
    public void A_normalisation_behind_a_transposed_convolution_becomes_part_of_it(int groups, bool bias)
    {
        var graph = new Sketch().Weight("w", 3, 4, 2, 2).Weight("b", 4 * groups)
            .Node("up", new ConvTranspose([2, 2], Strides: [2, 2], Group: groups), bias ? ["x", "w", "b"] : ["x", "w"])
            .Norm("norm", "up", 4 * groups).Output("norm").Build();

        var folded = Apply(new FoldBatchNormalization(), graph, 1);

        Assert.Equal(["ConvTranspose"], folded.Nodes.Select(static n => n.Op.Type));
        OnnxRuntime.AssertSame(graph, folded, Image);
    }

    [Fact]
    public void A_normalisation_behind_a_product_of_matrices_makes_a_Gemm_of_both()
    {
        var graph = new Sketch().Input("x", ["N", 6]).Weight("w", 6, 4).Node("fc", new MatMul(), "x", "w").Norm("norm", "fc", 4).Output("norm").Build();

        var folded = Apply(new FoldBatchNormalization(), graph, 1);

        Assert.Equal([new Gemm()], folded.Nodes.Select(static n => n.Op));
        OnnxRuntime.AssertSame(graph, folded, Rows);
    }

    [Fact]
    public void A_normalisation_over_the_second_of_three_axes_stays_behind_its_product() =>
        Apply(new FoldBatchNormalization(), new Sketch().Input("x", ["N", 4, 6]).Weight("w", 6, 4).Node("fc", new MatMul(), "x", "w").Norm("norm", "fc", 4).Output("norm").Build(), 0);

    [Fact]
    public void What_is_added_to_a_product_of_matrices_is_the_bias_of_a_Gemm()
    {
        var graph = new Sketch().Input("x", ["N", 6]).Weight("w", 6, 4).Weight("b", 4).Node("fc", new MatMul(), "x", "w").Node("y", new Add(), "b", "fc").Output("y").Build();

        var folded = Apply(new FoldBias(), graph, 1);

        Assert.Equal(["x", "w", "fc.bias"], Assert.Single(folded.Nodes).Inputs);
        Assert.Same(graph.Initializers["w"], folded.Initializers["w"]);
        OnnxRuntime.AssertSame(graph, folded, Rows);
    }

    [Fact]
    public void A_product_of_more_axes_keeps_its_addition() =>
        Apply(new FoldBias(), new Sketch().Input("x", ["N", 5, 6]).Weight("w", 6, 4).Weight("b", 4).Node("fc", new MatMul(), "x", "w").Node("y", new Add(), "fc", "b").Output("y").Build(), 0);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_is_added_to_each_channel_is_a_convolutions_bias(bool bias)
    {
        var graph = new Sketch().Weight("w", 4, 3, 3, 3).Weight("b", 4).Weight("more", 1, 4, 1, 1).Weight("less", 4, 1, 1)
            .Node("conv", new Conv(), bias ? ["x", "w", "b"] : ["x", "w"]).Node("add", new Add(), "conv", "more").Node("sub", new Sub(), "add", "less").Output("sub").Build();

        var folded = Apply(new FoldBias(), graph, 2);

        Assert.Single(folded.Nodes);
        OnnxRuntime.AssertSame(graph, folded, Image);
    }

    [Fact]
    public void A_constant_minus_a_product_turns_its_sign()
    {
        var graph = new Sketch().Weight("w", 4, 3, 3, 3).Weight("c", 4, 1, 1).Node("conv", new Conv(), "x", "w").Node("y", new Sub(), "c", "conv").Output("y").Build();
        OnnxRuntime.AssertSame(graph, Apply(new FoldBias(), graph, 1), Image);
    }

    [Fact]
    public void Factors_of_each_channel_go_into_the_weight_and_the_bias()
    {
        var graph = new Sketch().Weight("w", 4, 3, 3, 3).Weight("b", 4).Weight("scale", 4, 1, 1).Node("two", new Constant(TensorData.Scalar(2f)))
            .Node("conv", new Conv(), "x", "w", "b").Node("mul", new Mul(), "scale", "conv").Node("div", new Div(), "mul", "two").Output("div").Build();

        var folded = Apply(new FoldScaling(), graph, 2);

        Assert.Equal(["Constant", "Conv"], folded.Nodes.Select(static n => n.Op.Type));
        OnnxRuntime.AssertSame(graph, folded, Image);
    }

    [Fact]
    public void Factors_of_a_product_with_more_axes_go_into_its_weight_too()
    {
        var graph = new Sketch().Input("x", ["N", 5, 6]).Weight("w", 6, 4).Weight("scale", 4).Node("fc", new MatMul(), "x", "w").Node("y", new Mul(), "fc", "scale").Output("y").Build();

        var folded = Apply(new FoldScaling(), graph, 1);

        Assert.Equal(["MatMul"], folded.Nodes.Select(static n => n.Op.Type));
        OnnxRuntime.AssertSame(graph, folded, RandomData.Floats([2, 5, 6]));
    }

    [Theory]
    [InlineData(1, 4, 3, 3)]
    [InlineData(2, 4, 1, 1)]
    [InlineData(1, 1, 1, 3)]
    public void Constants_that_differ_within_a_channel_stay(params int[] dimensions)
    {
        var graph = new Sketch().Input("x", [2, 3, 5, 5]).Weight("w", 4, 3, 3, 3).Weight("c", [.. dimensions.Select(static d => (long)d)]).Node("conv", new Conv(), "x", "w").Node("y", new Mul(), "conv", "c").Output("y").Build();
        Apply(new FoldScaling(), graph, 0);
    }

    [Fact]
    public void A_constant_that_makes_more_channels_of_one_stays()
    {
        var graph = new Sketch().Weight("w", 1, 3, 3, 3).Weight("c", 1, 4, 1, 1).Node("conv", new Conv(), "x", "w").Node("y", new Add(), "conv", "c").Output("y").Build();
        Apply(new FoldBias(), graph, 0);
    }

    [Fact]
    public void A_division_by_zero_is_left_to_the_runtime()
    {
        var graph = new Sketch().Weight("w", 4, 3, 3, 3).Node("zero", new Constant(TensorData.Scalar(0f))).Node("conv", new Conv(), "x", "w").Node("y", new Div(), "conv", "zero").Output("y").Build();
        Apply(new FoldScaling(), graph, 0);
    }

    [Fact]
    public void Two_products_that_are_added_are_no_bias()
    {
        var graph = new Sketch().Weight("w", 4, 3, 3, 3).Weight("v", 4, 3, 3, 3).Node("a", new Conv(), "x", "w").Node("b", new Conv(), "x", "v").Node("y", new Add(), "a", "b").Output("y").Build();
        Apply(new FoldBias(), graph, 0);
    }

    [Fact]
    public void Products_that_share_a_weight_and_a_factor_go_on_sharing()
    {
        var graph = new Sketch().Weight("w", 3, 3, 1, 1).Weight("c", 3, 1, 1)
            .Node("a", new Conv(), "x", "w").Node("a2", new Mul(), "a", "c").Node("b", new Conv(), "a2", "w").Node("b2", new Mul(), "b", "c").Output("b2").Build();

        var folded = Apply(new FoldScaling(), graph, 2);

        Assert.Equal(["w", "w"], folded.Nodes.Select(static n => n.Inputs[1]));
        OnnxRuntime.AssertSame(graph, folded, Image);
    }

    [Fact]
    public void The_whole_pipeline_makes_one_convolution_of_a_chain()
    {
        var graph = new Sketch().Weight("w", 4, 3, 3, 3).Weight("m", 4, 1, 1).Weight("a", 4, 1, 1)
            .Node("conv", new Conv(), "x", "w").Node("mul", new Mul(), "conv", "m").Norm("norm", "mul", 4).Node("id", new Identity(), "norm").Node("add", new Add(), "id", "a")
            .Node("mul2", new Mul(), "add", "m").Output("mul2").Build();

        var (result, _) = RewritePipeline.Inference.Apply(graph);

        Assert.Equal(["Conv"], result.Nodes.Select(static n => n.Op.Type));
        OnnxRuntime.AssertSame(graph, result, Image);
    }

    private static Graph Apply(Rewrite rewrite, Graph graph, int folded)
    {
        var (result, report) = rewrite.Apply(graph);
        Assert.Equal(folded, report.Count("folded"));
        GraphTypes.Infer(result);
        return result;
    }
}
