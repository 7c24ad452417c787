using Toolchain.Graphs;

namespace Toolchain.Tests;

/// <summary>Every known operator, with the combinations of attributes that are computed in different ways.</summary>
internal static partial class OperatorCases
{
    private static readonly long[] Image = [4, 6, 6];
    private static readonly Initialization Random = Initialization.Default(2);

    public static IReadOnlyList<OperatorCase> All { get; } = [.. Products, .. Normalization, .. Pooling, .. Elementwise, .. Shapes];

    public static OperatorCase Find(string name) => All.Single(c => c.Name == name);

    private static OperatorCase Unary(string type, string what, Operator op, params long[] input) =>
        new($"{type} {what}".TrimEnd(), input.Length == 0 ? Image : input, (net, x) => net.Add(op, [x], "op"));

    private static OperatorCase Binary(string type, Operator op) =>
        new($"{type} of a channel's weight", Image, (net, x) => net.Add(op, [x, Weight(net, 4, 1, 1)], "op"));

    private static OperatorCase Conv(string what, Conv op, EquatableArray<long> weight) =>
        new($"Conv {what}", Image, (net, x) => net.Add(op, [x, net.Parameter("weight", weight, Random), Bias(net, weight[0])], "op"));

    private static OperatorCase Transposed(string what, ConvTranspose op, EquatableArray<long> weight) =>
        new($"ConvTranspose {what}", Image, (net, x) => net.Add(op, [x, net.Parameter("weight", weight, Random), Bias(net, weight[1] * op.Group)], "op"));

    private static OperatorCase Summed(string what, string equation, long[] input, params long[] weight) => new($"Einsum {what}", input, (net, x) => net.Add(
        new Einsum(equation),
        [x, equation.StartsWith("bij,bjk", StringComparison.Ordinal) ? net.Parameter("weight", [OperatorCase.Batch, .. weight], Random) : Weight(net, weight)],
        "op"));

    private static OperatorCase Resized(string what, Resize op, float[] scales) =>
        new($"Resize {what}", Image, (net, x) => net.Add(op, [x, Value.None, net.Constant("scales", TensorData.Of<float>(scales))], "op"));

    private static OperatorCase ResizedTo(string what, Resize op, params long[] sizes) =>
        new($"Resize {what}", Image, (net, x) => net.Add(op, [x, Value.None, Value.None, Longs(net, "sizes", sizes)], "op"));

    private static OperatorCase Reshape(string what, params long[] target) =>
        new($"Reshape {what}", Image, (net, x) => net.Add(new Reshape(), [x, Longs(net, "target", target)], "op"));

    private static OperatorCase Axes(string name, Operator op, long[] input, params long[] axes) =>
        new(name, input, (net, x) => net.Add(op, [x, Longs(net, "axes", axes)], "op"));

    private static OperatorCase Padded(string what, Pad op, params long[] pads) =>
        new($"Pad {what}", Image, (net, x) => net.Add(op, [x, Longs(net, "pads", pads)], "op"));

    private static Value Normalize(GraphBuilder net, Value x, BatchNormalization op) => net.Add(
        op,
        [
            x,
            net.Parameter("weight", [4], Random),
            net.Parameter("bias", [4], Random),
            net.Parameter("running_mean", [4], Random),
            net.Parameter("running_var", [4], new Initialization.Fixed(0.4f)),
        ],
        "op");

    private static Value Weight(GraphBuilder net, params long[] dimensions) => net.Parameter("weight", EquatableArray.Create<long>(dimensions), Random);

    private static Value Bias(GraphBuilder net, long count) => net.Parameter("bias", [count], Random);

    private static Value Scalar(GraphBuilder net, string name, float value) => net.Constant(name, TensorData.Scalar(value));

    private static Value Longs(GraphBuilder net, string name, params long[] values) => net.Constant(name, TensorData.Of<long>(values));

    private static Value Whole(GraphBuilder net, string name, long value) => net.Constant(name, TensorData.Scalar(value));

    private static Value Integers(GraphBuilder net, Value x) =>
        net.Add(new Cast(ElementType.Int32), [net.Add(new Mul(), [x, Scalar(net, "hundred", 100f)], "scaled")], "integers");

    private static Value AsFloat(GraphBuilder net, Value x) => net.Add(new Cast(ElementType.Float32), [x], "float");

    /// <summary>A case whose output is no float, and has no gradient.</summary>
    private static OperatorCase Answer(string name, Func<GraphBuilder, Value, Value> build) =>
        new(name, Image, (net, x) => AsFloat(net, build(net, x)), HasGradient: false);

    private static OperatorCase Positive(string type, Operator op) => new($"{type} of positive numbers", Image, (net, x) => net.Add(op, [Shifted(net, x)], "op"));

    private static OperatorCase Cut(string what, long[] starts, long[] ends, long[]? axes, long[]? steps) => new($"Slice of {what}", Image, (net, x) => net.Add(
        new Slice(),
        [x, Longs(net, "starts", starts), Longs(net, "ends", ends), axes is null ? Value.None : Longs(net, "axes", axes), steps is null ? Value.None : Longs(net, "steps", steps)],
        "op"));

    /// <summary>Parts of different weight, the last first.</summary>
    private static Value Swapped(GraphBuilder net, IReadOnlyList<Value> parts, long axis = 1) =>
        net.Add(new Concat(axis), [.. parts.Reverse().Index().Select(p => Times(net, p.Item, p.Index + 1))], "op");

    private static Value Times(GraphBuilder net, Value x, float factor) => net.Add(new Mul(), [x, Scalar(net, "factor", factor)], "times");

    /// <summary>Numbers from 0.5 on.</summary>
    private static Value Shifted(GraphBuilder net, Value x) => net.Add(new Add(), [x, Scalar(net, "shift", 2)], "shifted");

    /// <summary>x as 8-bit integers and back; scales and zero points along an axis where there are several.</summary>
    private static Value Rounded(GraphBuilder net, Value x, QuantizeLinear op, TensorData scale, TensorData? zero)
    {
        Value[] steps = [net.Constant("scale", scale), .. zero is null ? (Value[])[] : [net.Constant("zero", zero)]];
        return net.Add(new DequantizeLinear(op.Axis), [net.Add(op, [x, .. steps], "integers"), .. steps], "numbers");
    }

    private static Value Below(GraphBuilder net, Value x, float number) => net.Add(new Less(), [x, Scalar(net, "limit", number)], "below");
}
