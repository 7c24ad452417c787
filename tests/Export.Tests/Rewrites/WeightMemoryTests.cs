using Toolchain.Export.Rewrites;
using Toolchain.Export.Tests.Support;
using Toolchain.Graphs.Onnx;

namespace Toolchain.Export.Tests.Rewrites;

/// <summary>What rewrites make of weights is computed on its way into the file.</summary>
public sealed class WeightMemoryTests
{
    private const int Channels = 2048;

    private static readonly Lazy<Graph> Large = new(static () => new Sketch().Input("x", ["N", Channels, 1, 1]).Weight("w", Channels, Channels, 1, 1)
        .Node("conv", new Conv([1, 1]), "x", "w").Norm("norm", "conv", Channels).Output("norm").Build());

    [Fact]
    public void Merging_a_normalisation_and_writing_make_no_array_of_a_weight() =>
        AssertFewBytes(RewritePipeline.Inference);

    [Fact]
    public void Halving_and_writing_make_no_array_of_a_weight() =>
        AssertFewBytes(RewritePipeline.Inference.Then(new HalveStorage()));

    [Fact]
    public void Copies_of_a_merged_weight_are_still_found()
    {
        var graph = new Sketch().Weight("a", 4, 3, 3, 3).Weight("b", 4, 3, 3, 3)
            .Node("left", new Conv([3, 3]), "x", "a").Node("right", new Conv([3, 3]), "x", "b")
            .Statistics("norm", 4).SharedNorm("y", "left", "norm").SharedNorm("z", "right", "norm").Node("sum", new Add(), "y", "z").Output("sum").Build();
        graph = graph with { Initializers = graph.Initializers.Select((name, data) => name == "b" ? TensorData.Of(graph.Initializers["a"].Values<float>(), [4, 3, 3, 3]) : data) };
        var folded = new FoldBatchNormalization().Apply(graph).Graph;
        Assert.All(folded.Nodes.Where(static n => n.Op is Conv), n => Assert.False(folded.Initializers[n.Inputs[1]].IsMade));

        var (merged, report) = new MergeDuplicates().Apply(folded);

        Assert.Equal(2, report.Count("initializers merged"));
        OnnxRuntime.AssertSame(graph, merged, RandomData.Floats([2, 3, 5, 5]));
    }

    private static void AssertFewBytes(RewritePipeline pipeline) =>
        Allocated.AtMost(4 << 20, () => OnnxFile.Write(pipeline.Apply(Large.Value).Graph, Stream.Null));
}
