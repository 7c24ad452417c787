using static Toolchain.Graphs.Layers;

namespace Toolchain.Graphs.Tests.Building;

/// <summary>A small network whose every number is worked out by hand.</summary>
public sealed class LayerTableTests
{
    private static readonly LayerTable Table = LayerTable.Of(Network());

    [Theory]
    // Convolution: 4·(1·3·3) + 4 parameters, 8·8·4·9 multiply–adds, 4·8·8 floats; it sees its kernel.
    [InlineData("s.0", "Conv", "[1, 4, 8, 8]", 40, 0, 2304, 1024, 3, 1)]
    [InlineData("s.1", "Relu", "[1, 4, 8, 8]", 0, 0, 0, 1024, 3, null)]
    // Pooling sees one pixel more and jumps by two; an even kernel has no SAME padding.
    [InlineData("s.2", "MaxPool", "[1, 4, 4, 4]", 0, 0, 0, 256, 4, null)]
    // Dilated by two: 4 + (3 − 1)·2·2 = 12 pixels; SAME padding (3 − 1)/2·2; 8·(4·9) weights without bias; 8·4·4·36 multiply–adds.
    [InlineData("s.3", "Conv", "[1, 8, 4, 4]", 288, 0, 4608, 512, 12, 2)]
    [InlineData("s.4", "BatchNormalization", "[1, 8, 4, 4]", 16, 16, 128, 512, 12, null)]
    // Depthwise, stride two: 12 + 2·2 = 16 pixels, then a jump of four; 8·(1·9) + 8 parameters; 8·2·2·9 multiply–adds.
    [InlineData("s.5", "Conv", "[1, 8, 2, 2]", 80, 0, 288, 128, 16, 1)]
    [InlineData("s.6", "AveragePool", "[1, 8, 1, 1]", 0, 0, 0, 32, 20, null)]
    [InlineData("s.7", "Flatten", "[1, 8]", 0, 0, 0, 32, null, null)]
    [InlineData("s.8", "Gemm", "[1, 10]", 90, 0, 80, 40, null, null)]
    public void Each_layer_has_its_sizes_and_costs(
        string name, string type, string output, int parameters, int buffers, int multiplyAdds, int bytes, int? field, int? same)
    {
        var row = Assert.Single(Table.Rows, r => r.Name == name);
        Assert.Equal((type, output), (row.Operator, row.Output!.ToString()));
        Assert.Equal((parameters, buffers, multiplyAdds, bytes), (row.Parameters, row.Buffers, row.MultiplyAdds, row.ActivationBytes));
        Assert.Equal((Square(field), Square(same)), (row.ReceptiveField, row.SamePadding));
    }

    [Fact]
    public void The_totals_are_those_of_the_rows()
    {
        Assert.Equal(9, Table.Rows.Count);
        Assert.Equal((40 + 288 + 16 + 80 + 90, 40 + 288 + 16 + 80 + 90 + 16), (Table.Trainable, Table.Total));
        Assert.Equal(2304 + 4608 + 128 + 288 + 80, Table.MultiplyAdds);
        Assert.Equal(1024 + 1024 + 256 + 512 + 512 + 128 + 32 + 32 + 40, Table.ActivationBytes);
    }

    [Fact]
    public void Shared_parameters_count_once_and_their_work_every_time()
    {
        var net = new GraphBuilder("shared");
        net.Output("y", net.Repeat("conv", Conv2d(3, 3, padding: 1), net.Input("x", ElementType.Float32, ["N", 3, 8, 8]), 4));
        var table = LayerTable.Of(net.Build());
        Assert.Equal([84, 0, 0, 0], table.Rows.Select(static r => r.Parameters));
        Assert.Equal([3L, 5, 7, 9], table.Rows.Select(static r => r.ReceptiveField!.Value.Height));
        Assert.Equal((84, 4 * 64 * 81), (table.Total, table.MultiplyAdds));
    }

    [Fact]
    public void Where_branches_meet_the_widest_view_counts()
    {
        var net = new GraphBuilder("residual");
        var x = net.Input("x", ElementType.Float32, ["N", 3, 8, 8]);
        net.Output("y", net.Add(new Add(), [net.Apply("conv", Conv2d(3, 5, padding: 2), x), x], "add"));
        Assert.Equal([Square(5), Square(5)], LayerTable.Of(net.Build()).Rows.Select(static r => r.ReceptiveField));
    }

    [Fact]
    public void Height_and_width_are_measured_apart()
    {
        // 1×7, then 3×3 with stride 2×1, then 1×1 dilated (which changes nothing), joined with a 7×1 branch.
        var net = new GraphBuilder("rectangles");
        var x = net.Input("x", ElementType.Float32, ["N", 1, 16, 16]);
        var wide = Convolution(net, x, "wide", [1, 7], [1, 1], [0, 3, 0, 3]);
        wide = Convolution(net, wide, "step", [3, 3], [2, 1], [1, 1, 1, 1]);
        var tall = Convolution(net, x, "tall", [7, 1], [2, 1], [3, 0, 3, 0]);
        var joined = net.Add(new Concat(1), [wide, tall], "join");
        net.Output("y", Convolution(net, joined, "last", [2, 3], [1, 1], [0, 1, 0, 1]));
        var rows = LayerTable.Of(net.Build()).Rows;
        Assert.Equal([new(1, 7), new(3, 9), new(7, 1), new(7, 9), new(9, 11)], rows.Select(static r => r.ReceptiveField!.Value));
        Assert.Equal([new(0, 3), new PixelExtent(1, 1), new(3, 0), null, null], rows.Select(static r => r.SamePadding));
        Assert.Equal(("9x11", "1,024"), (rows[^1].ReceptiveField.ToString(), new PixelExtent(1024, 1024).ToString()));
    }

    [Fact]
    public void Resized_and_flattened_values_have_no_field_of_their_own()
    {
        var net = new GraphBuilder("flat");
        var x = net.Apply("conv", Conv2d(2, 3, padding: 1), net.Input("x", ElementType.Float32, ["N", 1, 8, 8]));
        var flat = net.Apply("flat", Flatten(), x);
        net.Output("y", net.Add(new Reshape(), [flat, net.Constant("shape", TensorData.Of<long>([-1, 2, 4, 16]))], "image"));
        Assert.Equal([Square(3), null, null], LayerTable.Of(net.Build()).Rows.Select(static r => r.ReceptiveField));
    }

    [Fact]
    public void Weights_that_are_computed_from_weights_hide_nothing_of_the_image()
    {
        var net = new GraphBuilder("aliases");
        var x = net.Input("x", ElementType.Float32, ["N", 1, 8, 8]);
        var weight = net.Add(new Identity(), [net.Parameter("stored", [1, 1, 3, 3], Initialization.Ones)], "alias");
        net.Output("y", net.Add(new Conv(), [x, weight], "conv"));
        Assert.Equal([null, Square(3)], LayerTable.Of(net.Build()).Rows.Select(static r => r.ReceptiveField));
    }

    private static Value Convolution(GraphBuilder net, Value x, string name, EquatableArray<long> kernel, EquatableArray<long> strides, EquatableArray<long> pads) =>
        net.Add(new Conv(kernel, strides, pads), [x, net.Parameter($"{name}.weight", [1, x.Channels, kernel[0], kernel[1]], Initialization.Ones)], name);

    private static PixelExtent? Square(int? side) => side is { } pixels ? new PixelExtent(pixels, pixels) : null;

    private static Graph Network()
    {
        var net = new GraphBuilder("by hand");
        net.Output("y", net.Sequential("s", net.Input("x", ElementType.Float32, ["N", 1, 8, 8]),
            Conv2d(4, 3, padding: 1),
            ReLU(),
            MaxPool2d(2),
            Conv2d(8, 3, padding: 2, dilation: 2, bias: false),
            BatchNorm2d(),
            Conv2d(8, 3, stride: 2, padding: 1, groups: 8),
            AvgPool2d(2),
            Flatten(),
            Linear(10)));
        return net.Build();
    }
}
