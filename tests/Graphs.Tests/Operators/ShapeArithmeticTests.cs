namespace Toolchain.Graphs.Tests.Operators;

/// <summary>Shapes that a graph computes are followed through inference; the symbol of the batch survives.</summary>
public sealed class ShapeArithmeticTests
{
    [Fact]
    public void A_view_of_the_batch_keeps_it()
    {
        // x.view(x.size(0), −1) as PyTorch's exporter writes it.
        var net = new GraphBuilder("g");
        var x = Image(net);
        var target = net.Add(new Concat(0), [Listed(net, Size(net, x, 0)), List(net, -1)]);
        Assert.Equal("[N, 192]", net.Add(new Reshape(), [x, target]).Shape.ToString());
    }

    [Fact]
    public void A_channel_shuffle_is_followed()
    {
        // ShuffleNet: view(n, groups, c // groups, h, w), transpose, view(n, −1, h, w).
        var net = new GraphBuilder("g");
        var x = net.Input("x", ElementType.Float32, ["N", 12, 4, 4]);
        var (n, h, w) = (Size(net, x, 0), Size(net, x, 2), Size(net, x, -1));
        var each = net.Add(new Div(), [Size(net, x, 1), Number(net, 3)]);
        var groups = net.Add(new Reshape(), [x, net.Add(new Concat(0), [Listed(net, n), List(net, 3), Listed(net, each), Listed(net, h), Listed(net, w)])]);
        Assert.Equal("[N, 3, 4, 4, 4]", groups.Shape.ToString());
        var back = net.Add(new Concat(0), [Listed(net, n), List(net, -1), Listed(net, h), Listed(net, w)]);
        Assert.Equal("[N, 12, 4, 4]", net.Add(new Reshape(), [net.Add(new Transpose([0, 2, 1, 3, 4]), [groups]), back]).Shape.ToString());
    }

    [Fact]
    public void An_image_is_resized_to_the_size_of_another()
    {
        // F.interpolate(x, size=y.shape[2:]): the first two sizes come from x, the others from y.
        var net = new GraphBuilder("g");
        var x = Image(net);
        var y = net.Input("y", ElementType.Float32, ["N", 9, 16, 20]);
        var lead = net.Add(new Slice(), [net.Add(new ShapeOf(), [x]), List(net, 0), List(net, 2), List(net, 0)]);
        var sizes = net.Add(new Concat(0), [lead, net.Add(new ShapeOf(2), [y])]);
        Assert.Equal("[N, 3, 16, 20]", net.Add(new Resize(), [x, Value.None, Value.None, sizes]).Shape.ToString());
    }

    [Fact]
    public void Sizes_are_scaled_by_way_of_floats()
    {
        // F.interpolate(x, scale_factor=2) of old exporters: floor(float(size) · 2).
        var net = new GraphBuilder("g");
        var x = Image(net);
        Value Doubled(long axis) => Listed(net, net.Add(new Cast(ElementType.Int64),
            [net.Add(new Floor(), [net.Add(new Mul(), [net.Add(new Cast(ElementType.Float32), [Size(net, x, axis)]), net.Constant("two", TensorData.Scalar(2f))])])]));
        var sizes = net.Add(new Concat(0), [Listed(net, Size(net, x, 0)), Listed(net, Size(net, x, 1)), Doubled(2), Doubled(3)]);
        Assert.Equal("[N, 3, 16, 16]", net.Add(new Resize(), [x, Value.None, Value.None, sizes]).Shape.ToString());
    }

    [Fact]
    public void A_range_has_as_many_numbers_as_steps_fit()
    {
        var net = new GraphBuilder("g");
        Assert.Equal("[4]", net.Add(new RangeOf(), [Number(net, 7), Number(net, -1), Number(net, -2)]).Shape.ToString());
        Assert.Equal("[0]", net.Add(new RangeOf(), [Number(net, 7), Number(net, 7), Number(net, 1)]).Shape.ToString());
        Assert.Equal("[N]", net.Add(new RangeOf(), [Number(net, 0), Size(net, Image(net), 0), Number(net, 1)]).Shape.ToString());

        // What a range lists is followed: 1, 3 and 5.
        var sizes = net.Add(new RangeOf(), [Number(net, 1), Number(net, 6), Number(net, 2)]);
        Assert.Equal("[1, 3, 5]", net.Add(new ConstantOfShape(), [sizes]).Shape.ToString());
    }

    [Fact]
    public void Padding_that_is_put_in_order_is_followed()
    {
        // F.pad(x, (1, 2, 3, 4)) as PyTorch's exporter writes it: last axis first, zeros appended, reversed, transposed.
        var net = new GraphBuilder("g");
        var x = Image(net);
        var zeros = net.Add(new ConstantOfShape(TensorData.Of<long>([0])), [List(net, 4)]);
        var pairs = net.Add(new Reshape(), [net.Add(new Concat(0), [List(net, 1, 2, 3, 4), zeros]), List(net, -1, 2)]);
        var reversed = net.Add(new Slice(), [pairs, List(net, -1), List(net, long.MinValue), List(net, 0), List(net, -1)]);
        var pads = net.Add(new Cast(ElementType.Int64), [net.Add(new Reshape(), [net.Add(new Transpose([1, 0]), [reversed]), List(net, -1)])]);
        Assert.Equal("[N, 3, 15, 11]", net.Add(new Pad(), [x, pads]).Shape.ToString());
    }

    [Fact]
    public void Expanding_by_minus_one_is_followed()
    {
        // x.expand(n, −1, 8, 8): where the target is −1 the exporter puts 1.
        var net = new GraphBuilder("g");
        var x = net.Input("x", ElementType.Float32, [1, 3, 1, 1]);
        var y = Image(net);
        var target = net.Add(new Concat(0), [Listed(net, Size(net, y, 0)), List(net, -1, 8, 8)]);
        var ones = net.Add(new ConstantOfShape(TensorData.Of<long>([1])), [List(net, 4)]);
        var minus = net.Add(new Mul(), [ones, Number(net, -1)]);
        var shape = net.Add(new Where(), [net.Add(new Equal(), [target, minus]), ones, target]);
        Assert.Equal("[N, 3, 8, 8]", net.Add(new Expand(), [x, shape]).Shape.ToString());
    }

    [Fact]
    public void What_is_known_of_a_value_can_be_asked_for()
    {
        var net = new GraphBuilder("g");
        var x = Image(net);
        var shape = net.Add(new ShapeOf(), [x], "shape");
        var sum = net.Add(new Add(), [shape, List(net, 0, 1, 2, 3)], "sum");
        net.Output("y", net.Add(new Unsqueeze(), [sum, List(net, 0)], "row"));
        var types = GraphTypes.Infer(net.Build());
        Assert.Equal("[N, 3, 8, 8]", types.Integers("shape")!.Items.ToString());
        Assert.Equal("[N, 4, 10, 11]", types.Integers("sum")!.Items.ToString());
        Assert.Equal(new KnownIntegers([1, 4], ["N", 4, 10, 11]), types.Integers("y"));
        Assert.Null(types.Integers("x"));
    }

    [Fact]
    public void Arithmetic_knows_what_a_symbol_is_not()
    {
        static string Of(Operator op, params long[] other)
        {
            var net = new GraphBuilder("g");
            var shape = net.Add(new ShapeOf(0, 1), [Image(net)], "shape");
            net.Output("y", net.Add(new Cast(ElementType.Int64), [net.Add(op, [shape, List(net, other)])]));
            return GraphTypes.Infer(net.Build()).Integers("y")!.Items.ToString();
        }

        Assert.Equal("[N, ?]", Of(new Add(), 0, 1));
        Assert.Equal("[N, ?]", Of(new Sub(), 0, 1));
        Assert.Equal("[N, ?]", Of(new Mul(), 1, 2));
        Assert.Equal("[N, ?]", Of(new Div(), 1, 2));
        Assert.Equal("[0, ?]", Of(new Equal(), -1, 8));
        Assert.Equal("[?]", Of(new Greater(), 0));
    }

    [Fact]
    public void Numbers_that_are_too_large_are_not_known()
    {
        var net = new GraphBuilder("g");
        net.Output("y", net.Add(new Add(), [List(net, long.MaxValue, 5), net.Add(new Mul(), [List(net, long.MaxValue, 3), List(net, 2, 2)])]));
        Assert.Equal("[?, 11]", GraphTypes.Infer(net.Build()).Integers("y")!.Items.ToString());
    }

    private static Value Image(GraphBuilder net) => net.Input("x", ElementType.Float32, ["N", 3, 8, 8]);

    private static Value Size(GraphBuilder net, Value x, long axis) => net.Add(new Gather(), [net.Add(new ShapeOf(), [x]), Number(net, axis)]);

    private static Value Listed(GraphBuilder net, Value number) => net.Add(new Unsqueeze(), [number, List(net, 0)]);

    private static Value Number(GraphBuilder net, long value) => net.Constant("number", TensorData.Scalar(value));

    private static Value List(GraphBuilder net, params long[] values) => net.Constant("list", TensorData.Of<long>(values));
}
