using Toolchain.Graphs;

namespace Toolchain.Tests;

/// <content>Shapes, selection and types.</content>
internal static partial class OperatorCases
{
    private static IEnumerable<OperatorCase> Shapes =>
    [
        Unary("Identity", "", new Identity()),
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
        new("QuantizeLinear by one scale", Image, static (net, x) => Rounded(net, x, new(), TensorData.Scalar(0.011f), TensorData.Scalar((byte)100)), HasGradient: false),
        new("QuantizeLinear without a zero point", Image, static (net, x) => Rounded(net, x, new(), TensorData.Scalar(0.013f), null), HasGradient: false),
        new("DequantizeLinear by a scale per channel", Image, static (net, x) => Rounded(net, x, new(), TensorData.Of<float>([0.011f, 0.02f, 0.0031f, 0.017f]), TensorData.Of<sbyte>([0, -20, 3, 50])), HasGradient: false),
        new("DequantizeLinear by a scale per column", Image, static (net, x) => Rounded(net, x, new(-1), TensorData.Of<float>([0.011f, 0.02f, 0.013f, 0.017f, 0.019f, 0.007f]), TensorData.Of<byte>([0, 20, 3, 50, 128, 255])), HasGradient: false),
        new("DequantizeLinear of stored weights", Image, static (net, x) => net.Add(new Mul(), [x, net.Add(new DequantizeLinear(0), [net.Constant("stored", TensorData.Of<int>([900, -7, 30, 12], 4, 1, 1)), net.Constant("scales", TensorData.Of<float>([0.001f, 0.2f, 0.03f, 0.1f]))], "op")])),
        new("Constant", Image, static (net, x) => net.Add(new Mul(), [x, net.Constant("c", Numbers.Uniform(3, 6, 6))])),
        Padded("wrapped around", new Pad(PadMode.Wrap), 0, 0, 2, 1, 0, 0, 0, 3),
        Padded("wrapped around channels", new Pad(PadMode.Wrap), 0, 1, 0, 0, 0, 2, 0, 4),
        Padded("mirrored by more than libtorch takes", new Pad(PadMode.Reflect), 0, 1, 2, -1, 1, 2, 0, 3),
        Padded("repeated on every axis", new Pad(PadMode.Edge), 1, 0, 0, -2, 0, 3, 1, 1),
        new("Pad of integers", Image, static (net, x) => AsFloat(net, net.Add(new Pad(PadMode.Edge), [Integers(net, x), Longs(net, "pads", 0, 0, 1, 1, 0, 0, 1, 1)], "op")), HasGradient: false),
        new("Pad by computed sizes", Image, static (net, x) =>
        {
            var pads = net.Add(new Cast(ElementType.Int64), [net.Add(new Sum(), [net.Constant("half", TensorData.Of<float>([0, 0, 0.5f, 1, 0, 0, 1, 0])), net.Constant("other", TensorData.Of<float>([0, 0, 0.5f, 1, 0, 0, 0, 1]))], "sum")], "pads");
            return net.Add(new Pad(), [x, pads], "op");
        }),
        Resized("to the nearest pixel of half pixels", new(), [1, 1, 2, 3]),
        Resized("to the pixel above", new(Coordinates: ResizeCoordinates.AlignCorners, Rounding: ResizeRounding.Ceil), [1, 1, 1.5f, 0.8f]),
        Resized("to the nearest pixel between corners", new(Coordinates: ResizeCoordinates.AlignCorners), [1, 1, 2.5f, 0.5f]),
        Resized("between pixels of asymmetric coordinates", new(ResizeMode.Linear, ResizeCoordinates.Asymmetric), [1, 1, 2, 1.5f]),
        Resized("between pixels to one", new(ResizeMode.Linear, ResizeCoordinates.PytorchHalfPixel), [1, 1, 0.2f, 2]),
        Resized("by cubic convolution", new(ResizeMode.Cubic), [1, 1, 2, 3]),
        Resized("by cubic convolution to fewer pixels", new(ResizeMode.Cubic, ResizeCoordinates.PytorchHalfPixel, CubicCoefficient: -0.5f), [1, 1, 0.5f, 1.7f]),
        Resized("by cubic convolution between corners", new(ResizeMode.Cubic, ResizeCoordinates.AlignCorners), [1, 1, 2.5f, 1.5f]),
        Resized("by cubic convolution within the image", new(ResizeMode.Cubic, ExcludeOutside: true), [1, 1, 1.5f, 2]),
        ResizedTo("by cubic convolution to a size", new(ResizeMode.Cubic, ResizeCoordinates.Asymmetric), 2, 4, 9, 4),
        Resized("channels", new(Coordinates: ResizeCoordinates.Asymmetric, Rounding: ResizeRounding.Floor), [1, 2, 1, 3]),
        new("Resize of lines", [4, 6], static (net, x) => net.Add(new Resize(ResizeMode.Linear), [x, Value.None, net.Constant("scales", TensorData.Of<float>([1, 1, 1.5f]))], "op")),
        new("Resize to the size of another", Image, static (net, x) =>
        {
            var other = net.Add(new Conv(Strides: [2, 2]), [x, Weight(net, 4, 4, 1, 1)], "other");
            return net.Add(new Resize(ResizeMode.Linear), [other, Value.None, Value.None, net.Add(new ShapeOf(), [x], "shape")], "op");
        }),

        new("Gather of channels", Image, static (net, x) => net.Add(new Gather(1), [x, Longs(net, "places", 2, 0, 2, -1)])),
        new("Gather of one", Image, static (net, x) => net.Add(new Gather(-2), [x, net.Constant("place", TensorData.Scalar(-2L))])),
        new("Gather of a matrix of places", [5], static (net, x) => net.Add(new Gather(1), [x, net.Constant("places", TensorData.Of<int>([0, 1, 4, 3, 3, 2], 2, 3))])),
        new("Gather of none", Image, static (net, x) => net.Add(new ReduceSum(KeepDims: false), [net.Add(new Gather(1), [x, net.Constant("places", new TensorData(ElementType.Int64, [0], default))], "none")], "sum"), HasGradient: false),
        Cut("rows and columns", [1, -3], [5, int.MaxValue], [2, 3], null),
        Cut("all axes in order", [0, 1, 0], [2, 3, 9], null, null),
        Cut("every second", [0, 1], [long.MaxValue, 6], [-1, -2], [2, 3]),
        Cut("backwards", [-1, 4], [-100, 0], [2, 3], [-1, -2]),
        Cut("from outside", [-50], [50], [1], [1]),
        new("Slice of nothing", Image, static (net, x) => net.Add(new Concat(3), [x, net.Add(new Slice(), [x, Longs(net, "starts", 4), Longs(net, "ends", 2), Longs(net, "axes", 3)], "none")], "op")),
        new("Split into equal parts", Image, static (net, x) => Swapped(net, net.Add(new Split(1), [x], 2, "parts"))),
        new("Split into a smaller last part", [4, 7], static (net, x) => Swapped(net, net.Add(new Split(-1), [x], 3, "parts"), 2)),
        new("Split into given parts", Image, static (net, x) => Swapped(net, net.Add(new Split(2), [x, Longs(net, "sizes", 1, 3, 2)], 3, "parts"), 2)),
        new("Split into one part and nothing", Image, static (net, x) => Swapped(net, net.Add(new Split(1), [x, Longs(net, "sizes", 0, 4)], 2, "parts"))),
        new("DepthToSpace of blocks first", [8, 3, 2], static (net, x) => net.Add(new DepthToSpace(2), [x])),
        new("DepthToSpace of channels first", [8, 3, 2], static (net, x) => net.Add(new DepthToSpace(2, true), [x])),
        new("SpaceToDepth of blocks", [2, 6, 9], static (net, x) => net.Add(new SpaceToDepth(3), [x])),
        new("Expand to a shape", [4, 1, 6], static (net, x) => net.Add(new Expand(), [x, Longs(net, "shape", 4, 3, 1)])),
        new("Expand by further axes", [4], static (net, x) => net.Add(new Expand(), [x, Longs(net, "shape", 3, 1, 1, 4)])),
        new("Expand to the shape of another", [4, 1, 6], static (net, x) =>
            net.Add(new Mul(), [x, net.Add(new Expand(), [Bias(net, 6), net.Add(new ShapeOf(), [x], "shape")], "op")], "product")),
        new("Tile of rows", [4, 2], static (net, x) => net.Add(new Tile(), [x, Longs(net, "repeats", 1, 2, 3)])),
        new("Tile of nothing", [4], static (net, x) => net.Add(new ReduceSum(KeepDims: false), [net.Add(new Tile(), [x, Longs(net, "repeats", 1, 0)], "none")], "sum"), HasGradient: false),
        new("Range of a number of places", [5], static (net, x) => net.Add(new Add(), [x, net.Add(new RangeOf(), [Scalar(net, "start", -1), Scalar(net, "limit", 1.5f), Scalar(net, "delta", 0.5f)], "range")], "op"), HasGradient: false),
        Answer("Range backwards", static (net, x) => net.Add(new RangeOf(), [Whole(net, "start", 7), Whole(net, "limit", -2), Whole(net, "delta", -2)], "op")),
        Answer("Range of nothing", static (net, x) => net.Add(new ReduceSum(KeepDims: false), [net.Add(new RangeOf(), [Whole(net, "start", 7), Whole(net, "limit", 7), Whole(net, "delta", 1)], "none")], "op")),
        Answer("Range of the rows", static (net, x) =>
        {
            var rows = net.Add(new Gather(), [net.Add(new ShapeOf(), [x], "shape"), Whole(net, "axis", 2)], "rows");
            return net.Add(new RangeOf(), [Whole(net, "start", 0), rows, Whole(net, "delta", 1)], "op");
        }),
        Answer("Shape of all axes", static (net, x) => net.Add(new ShapeOf(), [x], "op")),
        Answer("Shape of some axes", static (net, x) => net.Add(new ShapeOf(1, -1), [x], "op")),
        Answer("Shape from the end", static (net, x) => net.Add(new ShapeOf(-2), [x], "op")),
        new("Shape that is reshaped to", Image, static (net, x) =>
        {
            // What PyTorch's exporter makes of x.view(x.size(0), −1).
            var batch = net.Add(new Gather(), [net.Add(new ShapeOf(), [x], "shape"), net.Constant("zero", TensorData.Scalar(0L))], "batch");
            var target = net.Add(new Concat(0), [net.Add(new Unsqueeze(), [batch, Longs(net, "axis", 0)], "listed"), Longs(net, "rest", -1)], "target");
            return net.Add(new Gemm(TransB: true), [net.Add(new Reshape(), [x, target], "flat"), Weight(net, 3, 144)], "op");
        }),
        new("ConstantOfShape of zeros", Image, static (net, x) => net.Add(new Concat(0), [x, net.Add(new ConstantOfShape(), [Longs(net, "shape", 1, 4, 6, 6)], "zeros")])),
        new("ConstantOfShape of a shape", Image, static (net, x) => net.Add(new Mul(), [x, net.Add(new ConstantOfShape(TensorData.Of<float>([1.5f])), [net.Add(new ShapeOf(), [x], "shape")], "values")])),
        Answer("ConstantOfShape of integers", static (net, x) => net.Add(new ConstantOfShape(TensorData.Of<long>([7])), [net.Add(new ShapeOf(), [x], "shape")], "op")),
    ];
}
