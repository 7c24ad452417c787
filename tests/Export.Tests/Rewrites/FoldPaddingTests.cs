using Toolchain.Export.Rewrites;
using Toolchain.Export.Tests.Support;

namespace Toolchain.Export.Tests.Rewrites;

public sealed class FoldPaddingTests
{
    private static readonly TensorData Image = RandomData.Floats([2, 3, 5, 5]);
    private static readonly long[] Around = [0, 0, 1, 0, 0, 0, 2, 1];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Zeros_around_an_image_become_a_convolutions_padding(bool valid)
    {
        var conv = valid ? new Conv([3, 3], AutoPad: AutoPad.Valid) : new Conv([3, 3], Pads: [1, 1, 0, 0], Strides: [2, 1]);
        var graph = Padded(Around).Weight("w", 4, 3, 3, 3).Node("y", conv, "padded", "w").Output("y").Build();

        var folded = Apply(graph, 1);

        Assert.Equal(valid ? [1, 0, 2, 1] : [2, 1, 2, 1], ((Conv)folded.Nodes[^1].Op).Pads);
        OnnxRuntime.AssertSame(graph, folded, Image);
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public void Zeros_become_a_means_padding_where_it_counts_them(bool counts, long own)
    {
        var graph = Padded(Around).Node("y", new AveragePool([3, 3], Pads: [own, own, 0, 0], CountIncludePad: counts), "padded").Output("y").Build();
        OnnxRuntime.AssertSame(graph, Apply(graph, 1), Image);
    }

    [Fact]
    public void A_mean_that_leaves_out_padding_of_its_own_stays() =>
        Apply(Padded(Around).Node("y", new AveragePool([3, 3], Pads: [1, 1, 1, 1]), "padded").Output("y").Build(), 0);

    [Fact]
    public void Zeros_become_a_maximums_padding_behind_values_that_are_never_negative()
    {
        var graph = Padded(Around, relu: true).Node("y", new MaxPool([3, 3], Strides: [2, 2]), "padded").Output("y").Build();
        OnnxRuntime.AssertSame(graph, Apply(graph, 1), Image);
    }

    [Fact]
    public void A_maximum_of_any_values_stays() => Apply(Padded(Around).Node("y", new MaxPool([3, 3]), "padded").Output("y").Build(), 0);

    [Fact]
    public void Padding_as_large_as_the_window_stays() =>
        Apply(Padded([0, 0, 2, 0, 0, 0, 0, 0]).Node("y", new AveragePool([2, 2]), "padded").Output("y").Build(), 0);

    [Fact]
    public void Sizes_that_are_rounded_up_stay() =>
        Apply(Padded(Around).Node("y", new AveragePool([3, 3], Strides: [2, 2], CeilMode: true), "padded").Output("y").Build(), 0);

    [Theory]
    [InlineData(PadMode.Reflect, 0f, 1)]
    [InlineData(PadMode.Edge, 0f, 1)]
    [InlineData(PadMode.Constant, 0.5f, 1)]
    [InlineData(PadMode.Constant, 0f, -1)]
    public void Other_values_and_cropping_stay(PadMode mode, float fill, long pad) =>
        Apply(Padded([0, 0, pad, 0, 0, 0, pad, 0], mode, fill).Weight("w", 4, 3, 3, 3).Node("y", new Conv(), "padded", "w").Output("y").Build(), 0);

    [Fact]
    public void Padded_channels_stay() => Apply(Padded([0, 1, 0, 0, 0, 0, 0, 0]).Weight("w", 4, 4, 3, 3).Node("y", new Conv(), "padded", "w").Output("y").Build(), 0);

    private static Sketch Padded(long[] pads, PadMode mode = PadMode.Constant, float fill = 0, bool relu = false) => new Sketch()
        .Node("pads", new Constant(TensorData.Of<long>(pads))).Node("fill", new Constant(TensorData.Scalar(fill)))
        .Node("a", relu ? new Relu() : new Tanh(), "x").Node("padded", new Pad(mode), ["a", "pads", .. mode == PadMode.Constant ? (string[])["fill"] : []]);

    private static Graph Apply(Graph graph, int folded)
    {
        var (result, report) = new FoldPadding().Apply(graph);
        Assert.Equal(folded, report.Count("folded"));
        GraphTypes.Infer(result);
        return new RemoveDeadNodes().Apply(result).Graph;
    }
}
