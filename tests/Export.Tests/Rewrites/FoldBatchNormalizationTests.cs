using Toolchain.Export.Rewrites;
using Toolchain.Export.Tests.Support;

namespace Toolchain.Export.Tests.Rewrites;

public sealed class FoldBatchNormalizationTests
{
    private static readonly TensorData Image = RandomData.Floats([2, 3, 5, 5]);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_normalisation_behind_a_convolution_becomes_part_of_it(bool bias)
    {
        var graph = new Sketch().Weight("conv.weight", 4, 3, 3, 3).Weight("conv.bias", 4)
            .Node("conv", new Conv([3, 3]), bias ? ["x", "conv.weight", "conv.bias"] : ["x", "conv.weight"])
            .Norm("norm", "conv", 4).Output("norm").Build();

        var folded = Fold(graph, expected: 1);

        Assert.Equal(["Conv"], folded.Nodes.Select(static n => n.Op.Type));
        Assert.Equal(["x", "conv.weight", bias ? "conv.bias" : "conv.bias_1"], folded.Nodes[0].Inputs);
        OnnxRuntime.AssertSame(graph, folded, Image);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Each_group_of_a_convolution_gets_the_factors_of_its_own_channels(int groups)
    {
        var graph = new Sketch().Input("x", ["N", 4, 5, 5]).Weight("w", 8, 4 / groups, 3, 3)
            .Node("conv", new Conv([3, 3], Group: groups, Pads: [1, 1, 1, 1]), "x", "w")
            .Norm("norm", "conv", 8).Output("norm").Build();

        OnnxRuntime.AssertSame(graph, Fold(graph, expected: 1), RandomData.Floats([2, 4, 5, 5]));
    }

    [Theory]
    [InlineData(true, true, 1f)]
    [InlineData(true, false, 1f)]
    [InlineData(false, true, 0.5f)]
    [InlineData(false, false, 1f)]
    public void A_normalisation_behind_a_matrix_product_becomes_part_of_it(bool transposed, bool bias, float beta)
    {
        var graph = new Sketch().Input("x", ["N", 6]).Weight("w", transposed ? [4, 6] : [6, 4]).Weight("b", 4)
            .Node("fc", new Gemm(Alpha: 0.7f, Beta: beta, TransB: transposed), bias ? ["x", "w", "b"] : ["x", "w"])
            .Norm("norm", "fc", 4).Output("norm").Build();

        var folded = Fold(graph, expected: 1);

        Assert.Equal(new Gemm(Alpha: 0.7f, TransB: transposed), Assert.Single(folded.Nodes).Op);
        OnnxRuntime.AssertSame(graph, folded, RandomData.Floats([3, 6]));
    }

    [Fact]
    public void A_bias_that_is_one_number_for_all_channels_is_spread()
    {
        var graph = new Sketch().Input("x", ["N", 6]).Weight("w", 4, 6).Weight("b", 1)
            .Node("fc", new Gemm(TransB: true), "x", "w", "b").Norm("norm", "fc", 4).Output("norm").Build();

        OnnxRuntime.AssertSame(graph, Fold(graph, expected: 1), RandomData.Floats([3, 6]));
    }

    [Fact]
    public void A_bias_that_differs_by_row_stays_in_front_of_its_normalisation()
    {
        var graph = new Sketch().Input("x", [3, 6]).Weight("w", 4, 6).Weight("b", 3, 1)
            .Node("fc", new Gemm(TransB: true), "x", "w", "b").Norm("norm", "fc", 4).Output("norm").Build();

        AssertKept(graph);
    }

    [Fact]
    public void Two_normalisations_in_a_row_are_both_folded()
    {
        var graph = new Sketch().Weight("w", 4, 3, 3, 3).Node("conv", new Conv(), "x", "w")
            .Norm("first", "conv", 4).Norm("second", "first", 4).Output("second").Build();

        var folded = Fold(graph, expected: 2);

        Assert.Single(folded.Nodes);
        OnnxRuntime.AssertSame(graph, folded, Image);
    }

    [Fact]
    public void Layers_that_share_weights_and_statistics_go_on_sharing_them()
    {
        var graph = new Sketch().Weight("w", 3, 3, 3, 3).Statistics("norm", 3)
            .Node("a", new Conv([3, 3], Pads: [1, 1, 1, 1]), "x", "w").SharedNorm("a.norm", "a", "norm")
            .Node("b", new Conv([3, 3], Pads: [1, 1, 1, 1]), "a.norm", "w").SharedNorm("b.norm", "b", "norm")
            .Output("b.norm").Build();

        var folded = Fold(graph, expected: 2);

        Assert.Equal(folded.Nodes[0].Inputs.Skip(1), folded.Nodes[1].Inputs.Skip(1));
        Assert.Equal("w", folded.Nodes[0].Inputs[1]);
        OnnxRuntime.AssertSame(graph, folded, Image);
    }

    [Fact]
    public void Layers_that_share_weights_under_different_statistics_get_weights_of_their_own()
    {
        var graph = new Sketch().Weight("w", 3, 3, 3, 3)
            .Node("a", new Conv([3, 3], Pads: [1, 1, 1, 1]), "x", "w").Norm("a.norm", "a", 3)
            .Node("b", new Conv([3, 3], Pads: [1, 1, 1, 1]), "a.norm", "w").Norm("b.norm", "b", 3)
            .Output("b.norm").Build();

        var folded = Fold(graph, expected: 2);

        Assert.Equal(["a.weight", "b.weight"], folded.Nodes.Select(static n => n.Inputs[1]));
        OnnxRuntime.AssertSame(graph, folded, Image);
    }

    [Fact]
    public void A_layer_without_normalisation_keeps_the_weights_that_it_shares()
    {
        var graph = new Sketch().Weight("w", 3, 3, 3, 3)
            .Node("a", new Conv([3, 3], Pads: [1, 1, 1, 1]), "x", "w").Norm("a.norm", "a", 3)
            .Node("b", new Conv([3, 3], Pads: [1, 1, 1, 1]), "a.norm", "w").Output("b").Build();

        var folded = Fold(graph, expected: 1);

        Assert.Equal("w", folded.Nodes[1].Inputs[1]);
        Assert.Equal(graph.Initializers["w"].Bytes.ToArray(), folded.Initializers["w"].Bytes.ToArray());
        OnnxRuntime.AssertSame(graph, folded, Image);
    }

    [Fact]
    public void A_weight_that_a_constant_node_holds_is_folded_into_an_initializer()
    {
        var graph = new Sketch().Node("w", new Constant(RandomData.Floats([4, 3, 3, 3]))).Node("conv", new Conv(), "x", "w")
            .Norm("norm", "conv", 4).Output("norm").Build();

        var folded = Fold(graph, expected: 1);

        Assert.Contains("conv.weight", folded.Initializers.Keys);
        OnnxRuntime.AssertSame(graph, folded, Image);
    }

    [Fact]
    public void A_convolution_that_something_else_reads_stays()
    {
        AssertKept(new Sketch().Weight("w", 4, 3, 3, 3).Node("conv", new Conv(), "x", "w")
            .Norm("norm", "conv", 4).Node("sum", new Add(), "norm", "conv").Output("sum").Build());
    }

    [Fact]
    public void A_convolution_that_is_an_output_itself_stays()
    {
        var graph = new Sketch().Weight("w", 4, 3, 3, 3).Node("conv", new Conv(), "x", "w").Norm("norm", "conv", 4).Output("norm").Output("conv").Build();

        Fold(graph, expected: 0, kept: 1);
    }

    [Fact]
    public void A_convolution_whose_value_a_sub_graph_may_read_stays()
    {
        var body = System.Text.Encoding.UTF8.GetBytes("…conv…").ToEquatableArray();
        var graph = new Sketch().Weight("w", 4, 3, 3, 3).Node("conv", new Conv(), "x", "w").Norm("norm", "conv", 4)
            .Node("if", new Foreign("If", "", [new("then_branch", new AttributeValue.Opaque(body))]), "norm").Output("if", ["N"]).Build();

        Fold(graph, expected: 0, kept: 1);
    }

    [Fact]
    public void A_normalisation_with_no_product_before_it_stays() =>
        AssertKept(new Sketch().Weight("w", 4, 3, 3, 3).Node("conv", new Conv(), "x", "w").Node("relu", new Relu(), "conv").Norm("norm", "relu", 4).Output("norm").Build());

    [Fact]
    public void A_weight_that_is_computed_stays() =>
        AssertKept(new Sketch().Weight("w", 4, 3, 3, 3).Node("computed", new Relu(), "w").Node("conv", new Conv([3, 3]), "x", "computed").Norm("norm", "conv", 4).Output("norm").Build());

    [Fact]
    public void A_variance_below_zero_is_left_to_the_runtime()
    {
        var graph = new Sketch().Weight("w", 4, 3, 3, 3).Node("conv", new Conv(), "x", "w").Norm("norm", "conv", 4).Output("norm").Build();
        graph = graph with { Initializers = graph.Initializers.Select(static (name, data) => name == "norm.running_var" ? TensorData.Of<float>([1, 1, -1, 1]) : data) };

        Fold(graph, expected: 0, kept: 1);
    }

    [Fact]
    public void Folding_again_finds_nothing()
    {
        var graph = new Sketch().Weight("w", 4, 3, 3, 3).Node("conv", new Conv(), "x", "w").Norm("norm", "conv", 4).Output("norm").Build();
        var once = Fold(graph, expected: 1);
        var twice = Fold(once, expected: 0);
        Assert.Equal(once.Nodes, twice.Nodes);
    }

    private static Graph Fold(Graph graph, int expected, int kept = 0)
    {
        var (result, report) = new FoldBatchNormalization().Apply(graph);
        Assert.Equal((expected, kept), (report.Count("folded"), report.Count("kept")));
        GraphTypes.Infer(result);
        return result;
    }

    private static void AssertKept(Graph graph)
    {
        var folded = Fold(graph, expected: 0, kept: 1);
        Assert.Equal(graph.Nodes, folded.Nodes);
        Assert.Equal(graph.Initializers.Keys, folded.Initializers.Keys);
    }
}
