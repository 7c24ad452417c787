using static Toolchain.Graphs.Layers;

namespace Toolchain.Graphs.Tests.Building;

public sealed class UpsamplingLayersTests
{
    [Fact]
    public void A_transposed_convolution_stores_its_weight_as_PyTorch_does()
    {
        var graph = Build(ConvTranspose2d(10, kernel: 3, stride: 2, padding: 1, outputPadding: 1, groups: 2));
        Assert.Equal("[N, 10, 16, 16]", graph.Outputs[0].Type.Shape!.ToString());
        Assert.Equal([("up.weight", "[4, 5, 3, 3]"), ("up.bias", "[10]")], graph.Initializers.Select(static p => (p.Key, p.Value.Dimensions.ToString())));

        // PyTorch takes the second axis of every weight for the inputs: 5 · 3 · 3.
        var bound = 1 / Math.Sqrt(45);
        var values = graph.Initializers["up.weight"].Values<float>().ToArray();
        Assert.All(values, value => Assert.InRange(value, -bound, bound));
        Assert.True(values.Max() > 0.9 * bound && values.Min() < -0.9 * bound);
    }

    [Fact]
    public void Upsampling_keeps_the_batch_open_and_has_no_parameters()
    {
        foreach (var layer in new[] { UpsampleNearest2d(3), UpsampleBilinear2d(3), UpsampleBilinear2d(3, alignCorners: true) })
        {
            var graph = Build(layer);
            Assert.Equal("[N, 4, 24, 24]", graph.Outputs[0].Type.Shape!.ToString());
            Assert.Empty(graph.Initializers);
        }
    }

    [Fact]
    public void Layers_that_do_not_fit_are_named()
    {
        Assert.Equal(
            "Layer 'up': a transposed 2-D convolution with 3 groups needs an input [N, C, H, W] and output channels that they divide, found [N, 4, 8, 8] and 6.",
            Assert.Throws<ToolchainException>(static () => Build(ConvTranspose2d(6, 2, groups: 3))).Message);
        Assert.Equal(
            "Layer 'up.1': upsampling needs an input [N, C, H, W], found [N, 256].",
            Assert.Throws<ToolchainException>(static () => Build(Sequential(Flatten(), UpsampleNearest2d(2)))).Message);
    }

    [Fact]
    public void The_receptive_field_grows_by_what_a_transposed_convolution_overlaps()
    {
        var net = new GraphBuilder("fields");
        var x = net.Input("x", ElementType.Float32, ["N", 4, 8, 8]);
        x = net.Apply("pool", MaxPool2d(2), x);
        x = net.Apply("up", ConvTranspose2d(4, kernel: 2, stride: 2), x);
        x = net.Apply("conv", Conv2d(4, 3, padding: 1), x);
        x = net.Apply("pool2", MaxPool2d(2), x);
        net.Output("y", net.Apply("up2", ConvTranspose2d(4, kernel: 4, stride: 2, padding: 1), x));

        // Two pixels by pooling; no overlap of 2 by 2; two more of the 3×3 convolution and one of pooling; 4 by 2 meets two inputs, two pixels apart.
        Assert.Equal([2L, 2, 4, 5, 7], LayerTable.Of(net.Build()).Rows.Select(static r => r.ReceptiveField!.Value.Height));
    }

    [Fact]
    public void Interpolation_sees_one_pixel_more_and_repetition_none()
    {
        var net = new GraphBuilder("fields");
        var x = net.Apply("pool", MaxPool2d(4), net.Input("x", ElementType.Float32, ["N", 4, 16, 16]));
        x = net.Apply("nearest", UpsampleNearest2d(2), x);
        x = net.Apply("bilinear", UpsampleBilinear2d(2), x);
        net.Output("y", net.Apply("finer", UpsampleBilinear2d(2), x));

        // Four pixels four apart, then two apart; between two of these lies one more; half a pixel is no field.
        Assert.Equal([4L, 4, 6, null], LayerTable.Of(net.Build()).Rows.Select(static r => r.ReceptiveField));
    }

    private static Graph Build(Layer layer)
    {
        var net = new GraphBuilder("test");
        net.Output("y", net.Apply("up", layer, net.Input("x", ElementType.Float32, ["N", 4, 8, 8])));
        return net.Build();
    }
}
