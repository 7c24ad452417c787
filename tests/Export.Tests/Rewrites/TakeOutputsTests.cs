using Toolchain.Export.Rewrites;
using Toolchain.Export.Tests.Support;

namespace Toolchain.Export.Tests.Rewrites;

public sealed class TakeOutputsTests
{
    private static readonly TensorData Image = RandomData.Floats([2, 3, 5, 5]);

    [Fact]
    public void A_vector_for_each_sample_is_an_embedding_and_the_head_goes()
    {
        var graph = Net();

        var (result, report) = new TakeOutputs(["flat"]).Apply(graph);

        Assert.Equal(("embedding", "float32 [N, 4]"), (result.Outputs[0].Name, result.Outputs[0].Type.ToString()));
        Assert.Equal(["conv", "mean", "flat"], result.Nodes.Select(static n => n.Name));
        Assert.Equal(["w"], result.Initializers.Keys);
        Assert.Equal((1, 2), (report.Count("outputs taken"), report.Count("nodes removed")));
        Assert.Equal(OnnxRuntime.Output(graph with { Outputs = [new("flat", GraphTypes.Infer(graph)["flat"]!)] }, Image), OnnxRuntime.Output(result, Image));
    }

    [Fact]
    public void Several_outputs_have_the_names_of_their_nodes()
    {
        var (result, _) = new TakeOutputs(["conv", "flat", "conv"]).Apply(Net());
        Assert.Equal(["features.conv", "embedding.flat"], result.Outputs.Select(static o => o.Name));
        Assert.Equal(2, OnnxRuntime.Run(result, Image).Count);
    }

    [Fact]
    public void What_is_taken_survives_the_simplifications()
    {
        var graph = new Sketch().Weight("w", 4, 3, 3, 3).Node("conv", new Conv(), "x", "w").Norm("norm", "conv", 4).Node("drop", new Dropout(), "norm").Node("y", new Relu(), "drop").Output("y").Build();

        var taken = new TakeOutputs(["drop"]).Apply(graph).Graph;
        var (result, _) = RewritePipeline.Inference.Apply(taken);

        Assert.Equal(["Conv"], result.Nodes.Select(static n => n.Op.Type));
        Assert.Equal(["features"], result.Nodes[0].Outputs);
        OnnxRuntime.AssertSame(taken, result, Image);
    }

    [Fact]
    public void An_unknown_node_is_refused_with_the_nearest_name()
    {
        var refusal = Assert.Throws<ToolchainException>(() => new TakeOutputs(["flatt"]).Apply(Net()));
        Assert.Equal(ErrorKind.Usage, refusal.Kind);
        Assert.Contains("Did you mean 'flat'?", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_behind_an_unknown_operator_is_refused()
    {
        var graph = new Sketch().Node("f", new Foreign("Odd", "", []), "x").Node("y", new Relu(), "f").Output("y", ["N"]).Build();
        Assert.Equal(ErrorKind.BadInput, Assert.Throws<ToolchainException>(() => new TakeOutputs(["f"]).Apply(graph)).Kind);
    }

    private static Graph Net() => new Sketch().Weight("w", 4, 3, 3, 3).Weight("fc", 2, 4)
        .Node("conv", new Conv(), "x", "w").Node("mean", new GlobalAveragePool(), "conv").Node("flat", new Flatten(), "mean")
        .Node("y", new Gemm(TransB: true), "flat", "fc").Node("p", new Softmax(), "y").Output("p").Build();
}
