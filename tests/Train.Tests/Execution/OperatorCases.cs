using Toolchain.Graphs;
using Toolchain.Train.Tests.Support;

namespace Toolchain.Train.Tests.Execution;

/// <summary>Every known operator, with the combinations of attributes that are computed in different ways.</summary>
internal static class OperatorCases
{
    private static readonly long[] Image = [4, 6, 6];
    private static readonly Initialization Random = Initialization.Default(2);

    public static IReadOnlyList<OperatorCase> All { get; } =
    [
        Conv("plain", new(), [5, 4, 3, 3]),
        Conv("strided and padded", new([3, 3], [2, 2], [1, 1, 1, 1]), [5, 4, 3, 3]),
        Conv("padded on one side", new(Pads: [0, 1, 2, 0]), [5, 4, 3, 3]),
        Conv("dilated", new(Dilations: [2, 1]), [5, 4, 3, 3]),
        Conv("grouped", new(Group: 2), [6, 2, 3, 3]),
        Conv("depthwise", new(Group: 4, Pads: [1, 1, 1, 1]), [4, 1, 3, 3]),
        Conv("oblong", new(Strides: [1, 2], Pads: [1, 0, 1, 0]), [3, 4, 3, 1]),
        Conv("SAME_UPPER", new(Strides: [2, 2], AutoPad: AutoPad.SameUpper), [3, 4, 3, 3]),
        Conv("SAME_LOWER", new(AutoPad: AutoPad.SameLower), [3, 4, 4, 2]),
        Conv("VALID", new(AutoPad: AutoPad.Valid), [3, 4, 3, 3]),
        Transposed("plain", new(), [4, 5, 3, 3]),
        Transposed("doubling", new([2, 2], [2, 2]), [4, 3, 2, 2]),
        Transposed("strided and padded", new([3, 3], [2, 3], [1, 1, 1, 1], OutputPadding: [1, 0]), [4, 3, 3, 3]),
        Transposed("padded on one side", new(Strides: [2, 2], Pads: [0, 1, 2, 0], OutputPadding: [0, 1]), [4, 3, 3, 3]),
        Transposed("dilated", new(Dilations: [2, 1]), [4, 3, 3, 3]),
        Transposed("grouped", new(Strides: [2, 1], Group: 2), [4, 3, 3, 2]),
        new("ConvTranspose without bias", Image, static (net, x) => net.Add(new ConvTranspose(), [x, Weight(net, 4, 2, 3, 3)])),

        new("Conv without bias", Image, static (net, x) => net.Add(new Conv(), [x, Weight(net, 3, 4, 3, 3)])),

        new("Gemm as a linear layer", [7], static (net, x) => net.Add(new Gemm(TransB: true), [x, Weight(net, 3, 7), Bias(net, 3)])),
        new("Gemm without bias", [7], static (net, x) => net.Add(new Gemm(TransB: true), [x, Weight(net, 3, 7)])),
        new("Gemm scaled", [7], static (net, x) => net.Add(new Gemm(0.5f, 2), [x, Weight(net, 7, 3), Bias(net, 3)])),
        new("Gemm with a bias per item", [7], static (net, x) => net.Add(new Gemm(TransB: true), [x, Weight(net, 3, 7), net.Parameter("bias", [1, 3], Random)])),
        new("Gemm with one bias", [7], static (net, x) => net.Add(new Gemm(1, 0.3f, TransB: true), [x, Weight(net, 3, 7), net.Parameter("bias", [1], Random)])),
        new("Gemm transposed", [7], static (net, x) => net.Add(new Gemm(TransA: true), [net.Add(new Transpose(), [x], "t"), Weight(net, 7, 3)])),

        new("MatMul by a matrix", [3, 5], static (net, x) => net.Add(new MatMul(), [x, Weight(net, 5, 4)])),
        new("MatMul from the left", [3, 5], static (net, x) => net.Add(new MatMul(), [Weight(net, 4, 3), x])),
        new("MatMul of batches", [2, 3, 5], static (net, x) => net.Add(new MatMul(), [x, Weight(net, 2, 5, 4)])),
        new("MatMul by a vector", [3, 5], static (net, x) => net.Add(new MatMul(), [x, Weight(net, 5)])),

        new("BatchNormalization of images", Image, static (net, x) => Normalize(net, x, new())),
        new("BatchNormalization of features", [4], static (net, x) => Normalize(net, x, new(1e-2f, 0.5f))),

        Unary("MaxPool", "plain", new MaxPool([2, 2], [2, 2])),
        Unary("MaxPool", "overlapping and padded", new MaxPool([3, 3], [2, 2], [1, 1, 1, 1])),
        Unary("MaxPool", "rounded up", new MaxPool([3, 3], [2, 2], CeilMode: true), 4, 8, 8),
        Unary("MaxPool", "rounded up with a window in the padding", new MaxPool([2, 2], [2, 2], [1, 1, 1, 1], CeilMode: true), 4, 7, 7),
        Unary("MaxPool", "rounded up over fewer pixels than the window", new MaxPool([2, 3], [2, 2], CeilMode: true), 4, 1, 2),
        Unary("MaxPool", "dilated", new MaxPool([2, 2], Dilations: [2, 3])),
        Unary("MaxPool", "padded on one side", new MaxPool([3, 2], [2, 2], [0, 0, 1, 1])),
        Unary("MaxPool", "padded on one side and rounded up", new MaxPool([3, 3], [2, 2], [0, 0, 1, 1], CeilMode: true), 4, 7, 8),
        Unary("MaxPool", "SAME_UPPER", new MaxPool([2, 2], [2, 2], AutoPad: AutoPad.SameUpper), 4, 7, 7),
        Unary("MaxPool", "SAME_LOWER", new MaxPool([2, 2], AutoPad: AutoPad.SameLower)),

        Unary("AveragePool", "plain", new AveragePool([2, 2], [2, 2])),
        Unary("AveragePool", "padded", new AveragePool([3, 3], [2, 2], [1, 1, 1, 1])),
        Unary("AveragePool", "padded and counted", new AveragePool([3, 3], [2, 2], [1, 1, 1, 1], CountIncludePad: true)),
        Unary("AveragePool", "rounded up", new AveragePool([3, 3], [2, 2], CeilMode: true), 4, 8, 8),
        Unary("AveragePool", "SAME_UPPER where it is symmetric", new AveragePool([3, 3], AutoPad: AutoPad.SameUpper)),

        Unary("GlobalAveragePool", "of images", new GlobalAveragePool()),
        Unary("GlobalAveragePool", "of volumes", new GlobalAveragePool(), 3, 2, 3, 2),

        Unary("Relu", "", new Relu()),
        Unary("LeakyRelu", "by default", new LeakyRelu()),
        Unary("LeakyRelu", "steep", new LeakyRelu(0.3f)),
        Unary("Sigmoid", "", new Sigmoid()),
        Unary("Tanh", "", new Tanh()),
        Unary("Identity", "", new Identity()),
        new("Clip on both sides", Image, static (net, x) => net.Add(new Clip(), [x, Scalar(net, "low", -0.5f), Scalar(net, "high", 0.7f)])),
        new("Clip from below", Image, static (net, x) => net.Add(new Clip(), [x, Scalar(net, "low", -0.2f)])),
        Unary("Clip", "without bounds", new Clip()),

        Unary("Softmax", "over the last axis", new Softmax()),
        Unary("Softmax", "over the channels", new Softmax(1)),
        Unary("LogSoftmax", "over the last axis", new LogSoftmax()),
        Unary("LogSoftmax", "over the channels", new LogSoftmax(-3)),
        new("Dropout in evaluation", Image, static (net, x) => net.Add(new Dropout(), [x, Scalar(net, "p", 0.3f)])),
        Unary("Dropout", "by default", new Dropout()),

        Binary("Add", new Add()),
        Binary("Sub", new Sub()),
        Binary("Mul", new Mul()),
        new("Div by a number", Image, static (net, x) => net.Add(new Div(), [x, Scalar(net, "by", 3.7f)])),
        new("Div of a number", Image, static (net, x) => net.Add(new Div(), [Scalar(net, "of", 1.5f), net.Add(new Add(), [x, Scalar(net, "three", 3f)], "shifted")])),
        new("Div of integers", Image, static (net, x) => AsFloat(net, net.Add(new Div(), [Integers(net, x), net.Constant("by", TensorData.Scalar(7))], "div")), HasGradient: false),
        new("Add to itself", Image, static (net, x) => net.Add(new Add(), [x, x])),

        Unary("ReduceMean", "over everything", new ReduceMean()),
        Unary("ReduceMean", "over the image", new ReduceMean([-1, 2], KeepDims: false)),
        Unary("ReduceMean", "of channels", new ReduceMean([1])),

        Unary("Flatten", "", new Flatten()),
        Unary("Flatten", "into one row", new Flatten(0)),
        Unary("Flatten", "at the last axis", new Flatten(-1)),
        Unary("Flatten", "at the end", new Flatten(4)),
        new("Flatten of a vector", [], static (net, x) => net.Add(new Flatten(), [x])),
        Reshape("to rows", 0, -1),
        Reshape("with copies", 0, 0, 36),
        Reshape("of the batch", -1, 6, 3),
        Unary("Transpose", "to channels last", new Transpose([0, 2, 3, 1])),
        Unary("Transpose", "reversed", new Transpose()),
        new("Concat of channels", Image, static (net, x) => net.Add(new Concat(1), [x, net.Add(new Relu(), [x], "r"), x])),
        new("Concat of the last axis", Image, static (net, x) => net.Add(new Concat(-1), [x, x])),
        new("Concat of one", Image, static (net, x) => net.Add(new Concat(2), [x])),
        Axes("Unsqueeze in the middle", new Unsqueeze(), Image, 1, -1),
        Axes("Unsqueeze nowhere", new Unsqueeze(), Image),
        Axes("Squeeze named axes", new Squeeze(), [1, 5, 1], 1, -1),
        Axes("Squeeze nowhere", new Squeeze(), Image),
        Unary("Squeeze", "everything", new Squeeze(), 1, 5, 1),
        Padded("zeros", new Pad(), 0, 0, 1, 2, 0, 0, 0, 1),
        Padded("zeros on every axis", new Pad(), 1, 0, 0, 0, 0, 2, 1, 0),
        Padded("cropped", new Pad(), 0, 0, -1, 1, 0, -1, 0, -2),
        Padded("mirrored", new Pad(PadMode.Reflect), 0, 0, 2, 1, 0, 0, 0, 3),
        Padded("mirrored on one axis", new Pad(PadMode.Reflect), 0, 0, 0, 1, 0, 0, 0, 2),
        Padded("repeated", new Pad(PadMode.Edge), 0, 0, 1, 0, 0, 0, 2, 1),
        Padded("repeated on one axis", new Pad(PadMode.Edge), 0, 0, 1, 0, 0, 0, 0, 0),
        new("Pad with a value", Image, static (net, x) => net.Add(new Pad(), [x, Longs(net, "pads", 0, 0, 1, 1, 0, 0, 1, 1), Scalar(net, "value", 0.25f)])),
        Resized("to the nearest pixel", new(Coordinates: ResizeCoordinates.Asymmetric, Rounding: ResizeRounding.Floor), [1, 1, 2, 3]),
        Resized("to the nearest pixel of fewer", new(Coordinates: ResizeCoordinates.Asymmetric, Rounding: ResizeRounding.Floor), [1, 1, 0.5f, 0.7f]),
        Resized("to exactly the nearest pixel", new(Rounding: ResizeRounding.RoundPreferCeil), [1, 1, 2, 0.5f]),
        Resized("between pixels", new(ResizeMode.Linear), [1, 1, 2, 3]),
        Resized("between pixels by an odd factor", new(ResizeMode.Linear), [1, 1, 1.3f, 0.6f]),
        Resized("between pixels with PyTorch's own half pixels", new(ResizeMode.Linear, ResizeCoordinates.PytorchHalfPixel), [1, 1, 2, 0.5f]),
        Resized("between corners", new(ResizeMode.Linear, ResizeCoordinates.AlignCorners), [1, 1, 2, 1.5f]),
        ResizedTo("between pixels to a size", new(ResizeMode.Linear), 2, 4, 9, 4),
        ResizedTo("between corners to a size", new(ResizeMode.Linear, ResizeCoordinates.AlignCorners), 2, 4, 5, 13),

        new("Cast to integers and back", Image, static (net, x) => AsFloat(net, Integers(net, x)), HasGradient: false),
        new("Cast to the same", Image, static (net, x) => net.Add(new Cast(ElementType.Float32), [x])),
        new("Cast to double and back", Image, static (net, x) => AsFloat(net, net.Add(new Cast(ElementType.Float64), [x], "double"))),
        new("Constant", Image, static (net, x) => net.Add(new Mul(), [x, net.Constant("c", Numbers.Uniform(3, 6, 6))])),
    ];

    private static OperatorCase Unary(string type, string what, Operator op, params long[] input) =>
        new($"{type} {what}".TrimEnd(), input.Length == 0 ? Image : input, (net, x) => net.Add(op, [x], "op"));

    private static OperatorCase Binary(string type, Operator op) =>
        new($"{type} of a channel's weight", Image, (net, x) => net.Add(op, [x, Weight(net, 4, 1, 1)], "op"));

    private static OperatorCase Conv(string what, Conv op, EquatableArray<long> weight) =>
        new($"Conv {what}", Image, (net, x) => net.Add(op, [x, net.Parameter("weight", weight, Random), Bias(net, weight[0])], "op"));

    private static OperatorCase Transposed(string what, ConvTranspose op, EquatableArray<long> weight) =>
        new($"ConvTranspose {what}", Image, (net, x) => net.Add(op, [x, net.Parameter("weight", weight, Random), Bias(net, weight[1] * op.Group)], "op"));

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

    private static Value Integers(GraphBuilder net, Value x) =>
        net.Add(new Cast(ElementType.Int32), [net.Add(new Mul(), [x, Scalar(net, "hundred", 100f)], "scaled")], "integers");

    private static Value AsFloat(GraphBuilder net, Value x) => net.Add(new Cast(ElementType.Float32), [x], "float");
}
