using Toolchain.Export.Tests.Support;
using Toolchain.Graphs.Onnx.Schema;

namespace Toolchain.Export.Tests.Importing;

/// <summary>Operators in the forms that opsets before and after the toolchain's own have for them, with an opset each.</summary>
internal static class OpsetCases
{
    private static readonly object[] Image = ["N", 3, 6, 6];

    public static IReadOnlyDictionary<string, Func<ForeignFile>> All { get; } = new Dictionary<string, Func<ForeignFile>>(StringComparer.Ordinal)
    {
        // Softmax as a matrix
        ["softmax 7 over several axes"] = static () => One(7, "Softmax", [2, 3, 4, 5], ("axis", 1)),
        ["softmax 7 of any batch"] = static () => One(7, "Softmax", ["N", 3, 4, 5], ("axis", 1)),
        ["softmax 9 over the last two of four axes"] = static () => One(9, "Softmax", [2, 3, 4, 5], ("axis", 2)),
        ["softmax 9 with unknown sizes in front"] = static () => One(9, "Softmax", ["N", "C", 4, 5], ("axis", 2)),
        ["softmax 11 over the last axis"] = static () => One(11, "Softmax", ["N", 3, 4], ("axis", 2)),
        ["softmax 11 from the end"] = static () => One(11, "Softmax", ["N", 3, 4], ("axis", -1)),
        ["softmax 8 by default"] = static () => One(8, "Softmax", ["N", 7]),
        ["softmax 8 of a classifier whose pixels are one"] = static () => One(8, "Softmax", ["N", 7, 1, 1]),
        ["softmax 8 over everything"] = static () => One(8, "Softmax", [3, 4], ("axis", 0)),
        ["softmax 12 behind an unknown operator"] = static () => new ForeignFile(12).Input("x", "N", 3, 4).Node("ThresholdedRelu", "x", "t").Node("Softmax", "t", "y").Output("y", "N", 3, 4),
        ["log softmax 9"] = static () => One(9, "LogSoftmax", ["N", 3, 4]),
        ["hardmax 9"] = static () => One(9, "Hardmax", ["N", 3, 4]),
        ["softmax 13"] = static () => One(13, "Softmax", ["N", 3, 4], ("axis", 1)),

        // Attributes that have become inputs
        ["clip 7"] = static () => One(7, "Clip", Image, ("min", -0.2f), ("max", 0.5f)),
        ["clip 7 from below"] = static () => One(7, "Clip", Image, ("min", 0.1f)),
        ["clip 10 from above"] = static () => One(10, "Clip", Image, ("min", float.MinValue), ("max", 0.5f)),
        ["clip 7 without bounds"] = static () => One(7, "Clip", Image),
        ["dropout 7 with a mask that nobody reads"] = static () => new ForeignFile(7).Input("x", Image).Node("Dropout", "x", "y mask", ("ratio", 0.3f)).Output("y", Image),
        ["dropout 10"] = static () => One(10, "Dropout", Image, ("ratio", 0.3f)),
        ["squeeze 7"] = static () => One(7, "Squeeze", ["N", 1, 4, 1], ("axes", (int[])[1, 3])),
        ["squeeze 11 of all"] = static () => One(11, "Squeeze", [2, 1, 4, 1]),
        ["unsqueeze 11"] = static () => One(11, "Unsqueeze", ["N", 4], ("axes", (int[])[0, -1])),
        ["split 7"] = static () => Two(7, "Split", ("axis", 1), ("split", (int[])[1, 2])),
        ["split 11 into halves"] = static () => Two(11, "Split", ("axis", 2)),
        ["slice 7"] = static () => One(7, "Slice", Image, ("axes", (int[])[2, 3]), ("starts", (int[])[1, -4]), ("ends", (int[])[100, -1])),
        ["slice 9 of the first axes"] = static () => One(9, "Slice", Image, ("starts", (int[])[0, 1]), ("ends", (int[])[1, 3])),
        ["pad 7"] = static () => One(7, "Pad", Image, ("pads", (int[])[0, 0, 1, 2, 0, 0, 3, 0]), ("value", 0.5f)),
        ["pad 10 by reflection"] = static () => One(10, "Pad", Image, ("pads", (int[])[0, 0, 1, 2, 0, 0, 3, 0]), ("mode", "reflect")),
        ["pad 11"] = static () => new ForeignFile(11).Input("x", Image).Ints("pads", 0, 0, 1, 1, 0, 0, 1, 1).Node("Pad", "x pads", "y").Output("y", "a", "b", "c", "d"),
        ["top k 7"] = static () => new ForeignFile(7).Input("x", "N", 6).Node("TopK", "x", "y indices", ("k", 3)).Output("y", "N", 3),
        ["top k 10"] = static () => new ForeignFile(10).Input("x", "N", 6).Ints("k", 2).Node("TopK", "x k", "y indices").Output("y", "N", 2),

        // Reductions
        ["reduce mean 7"] = static () => One(7, "ReduceMean", Image, ("axes", (int[])[2, 3])),
        ["reduce sum 11"] = static () => One(11, "ReduceSum", Image, ("axes", (int[])[-1]), ("keepdims", 0)),
        ["reduce sum 13"] = static () => new ForeignFile(13).Input("x", Image).Ints("axes", 2, -1).Node("ReduceSum", "x axes", "y").Output("y", "a", "b", "c", "d"),
        ["reduce max 7 of all"] = static () => One(7, "ReduceMax", Image),
        ["reduce max 18"] = static () => new ForeignFile(18).Input("x", Image).Ints("axes", 1).Node("ReduceMax", "x axes", "y", ("keepdims", 0)).Output("y", "a", "b", "c"),
        ["reduce sum of squares 18"] = static () => new ForeignFile(18).Input("x", Image).Ints("axes", 1).Node("ReduceSumSquare", "x axes", "y").Output("y", "a", "b", "c", "d"),
        ["reduce mean 18 over nothing"] = static () => One(18, "ReduceMean", Image, ("noop_with_empty_axes", 1)),
        ["reduce l1 12"] = static () => One(12, "ReduceL1", Image, ("axes", (int[])[1])),

        // Images
        ["upsample 7"] = static () => One(7, "Upsample", Image, ("mode", "nearest"), ("scales", (float[])[1, 1, 2, 3])),
        ["upsample 9 to a size, linear"] = static () => ToSize(9, "Upsample", "linear"),
        ["upsample 9 to a size"] = static () => ToSize(9, "Upsample", "nearest"),
        ["resize 10 to a size, linear"] = static () => ToSize(10, "Resize", "linear"),
        ["upsample 7, linear"] = static () => One(7, "Upsample", Image, ("mode", "linear"), ("scales", (float[])[1, 1, 2, 2])),
        ["upsample 9"] = static () => new ForeignFile(9).Input("x", Image).Floats("s", 1, 1, 2, 2).Node("Upsample", "x s", "y").Output("y", "a", "b", "c", "d"),
        ["resize 10"] = static () => new ForeignFile(10).Input("x", Image).Floats("s", 1, 1, 1.5f, 2).Node("Resize", "x s", "y").Output("y", "a", "b", "c", "d"),
        ["resize 10, smaller"] = static () => new ForeignFile(10).Input("x", Image).Floats("s", 1, 1, 0.6f, 0.5f).Node("Resize", "x s", "y").Output("y", "a", "b", "c", "d"),
        ["resize 10, linear"] = static () => new ForeignFile(10).Input("x", Image).Floats("s", 1, 1, 0.6f, 2).Node("Resize", "x s", "y", ("mode", "linear")).Output("y", "a", "b", "c", "d"),
        ["resize 11"] = static () => new ForeignFile(11).Input("x", Image).Floats("roi").Floats("s", 1, 1, 2, 2)
            .Node("Resize", "x roi s", "y", ("mode", "linear"), ("coordinate_transformation_mode", "align_corners")).Output("y", "a", "b", "c", "d"),
        ["resize 11 to sizes"] = static () => new ForeignFile(11).Input("x", 2, 3, 6, 6).Floats("roi").Floats("none").Ints("sizes", 2, 3, 9, 4)
            .Node("Resize", "x roi none sizes", "y", ("mode", "nearest"), ("nearest_mode", "floor"), ("coordinate_transformation_mode", "asymmetric")).Output("y", 2, 3, 9, 4),
        ["resize 18 of two axes"] = static () => new ForeignFile(18).Input("x", Image).Floats("s", 2, 0.5f).Node("Resize", "x - s", "y", ("mode", "linear"), ("axes", (int[])[-1, 2])).Output("y", "a", "b", "c", "d"),
        ["resize 19, cubic"] = static () => new ForeignFile(19).Input("x", Image).Floats("s", 1, 1, 2, 2).Node("Resize", "x - s", "y", ("mode", "cubic"), ("antialias", 0)).Output("y", "a", "b", "c", "d"),
        ["batch normalization 7"] = static () => Norm(7, ("spatial", 1), ("epsilon", 0.01f)),
        ["batch normalization 9"] = static () => Norm(9),
        ["batch normalization 7 of every value"] = static () => new ForeignFile(7).Input("x", Image).Weight("s", 3, 6, 6).Weight("b", 3, 6, 6).Weight("m", 3, 6, 6).Weight("v", 3, 6, 6)
            .Node("BatchNormalization", "x s b m v", "y", ("spatial", 0)).Output("y", Image),
        ["average pool 7, same size"] = static () => One(7, "AveragePool", Image, ("kernel_shape", (int[])[3, 3]), ("auto_pad", "SAME_UPPER")),
        ["average pool 7 counting pads"] = static () => One(7, "AveragePool", Image, ("kernel_shape", (int[])[3, 3]), ("pads", (int[])[1, 1, 1, 1]), ("count_include_pad", 1)),
        ["average pool 10 rounding up"] = static () => One(10, "AveragePool", Image, ("kernel_shape", (int[])[3, 3]), ("strides", (int[])[2, 2]), ("ceil_mode", 1)),
        ["average pool 19"] = static () => One(19, "AveragePool", Image, ("kernel_shape", (int[])[2, 2]), ("dilations", (int[])[1, 1])),
        ["max pool 7"] = static () => One(7, "MaxPool", Image, ("kernel_shape", (int[])[3, 3]), ("strides", (int[])[2, 2]), ("pads", (int[])[0, 0, 1, 1])),
        ["max pool 8 with indices that nobody reads"] = static () => new ForeignFile(8).Input("x", Image).Node("MaxPool", "x", "y indices", ("kernel_shape", (int[])[2, 2]), ("storage_order", 1)).Output("y", "a", "b", "c", "d"),
        ["conv 7, same size"] = static () => new ForeignFile(7).Input("x", Image).Weight("w", 4, 3, 3, 3).Node("Conv", "x w", "y", ("auto_pad", "SAME_LOWER"), ("strides", (int[])[2, 2])).Output("y", "a", "b", "c", "d"),
        ["lrn 7"] = static () => One(7, "LRN", Image, ("size", 3), ("alpha", 0.1f)),
        ["roi align 10"] = static () => new ForeignFile(10).Input("x", 1, 3, 6, 6).Weight("rois", TensorData.Of<float>([0.3f, 0.4f, 4, 5], 1, 4)).Weight("batch", TensorData.Of<long>([0]))
            .Node("RoiAlign", "x rois batch", "y", ("output_height", 3), ("output_width", 3), ("sampling_ratio", 2)).Output("y", "a", "b", "c", "d"),
        ["grid sample 20"] = static () => new ForeignFile(20).Input("x", 2, 3, 6, 6).Weight("grid", RandomData.Floats([2, 4, 4, 2])).Node("GridSample", "x grid", "y", ("mode", "linear")).Output("y", 2, 3, 4, 4),

        // Everything else
        ["gemm 7"] = static () => new ForeignFile(7).Input("x", "N", 4).Weight("w", 5, 4).Weight("b", 5).Node("Gemm", "x w b", "y", ("transB", 1), ("alpha", 0.5f)).Output("y", "N", 5),
        ["initializers among the inputs"] = static () => new ForeignFile(8).Input("x", "N", 4).Input("w", 4, 5).Weight("w", 4, 5).Node("MatMul", "x w", "y").Output("y", "N", 5),
        ["reshape 7 by a constant"] = static () => new ForeignFile(7).Input("x", Image).Ints("shape", 0, -1).Node("Reshape", "x shape", "y").Output("y", "N", 108),
        ["scatter 9"] = static () => new ForeignFile(9).Input("x", 3, 3).Weight("at", TensorData.Of<long>([1, 0, 2], 1, 3)).Weight("v", 1, 3).Node("Scatter", "x at v", "y").Output("y", 3, 3),
        ["cast 19"] = static () => new ForeignFile(19).Input("x", "N", 4).Node("Cast", "x", "h", ("to", 10), ("saturate", 1)).Node("Cast", "h", "y", ("to", 1)).Output("y", "N", 4),
        ["split 18 into unequal parts"] = static () => new ForeignFile(18).Input("x", "N", 5).Node("Split", "x", "a b c", ("axis", 1), ("num_outputs", 3)).Node("Concat", "c b a", "y", ("axis", 1)).Output("y", "N", 5),
        ["split 18 into equal parts"] = static () => new ForeignFile(18).Input("x", "N", 6).Node("Split", "x", "a b", ("axis", -1), ("num_outputs", 2)).Node("Sub", "a b", "y").Output("y", "N", 3),
        ["pad 18 of two axes"] = static () => new ForeignFile(18).Input("x", Image).Ints("pads", 1, 2, 0, 3).Ints("axes", -1, 2).Node("Pad", "x pads - axes", "y").Output("y", "a", "b", "c", "d"),
        ["pad 19 around"] = static () => new ForeignFile(19).Input("x", Image).Ints("pads", 0, 1, 5, 0, 0, 0, 1, 2).Node("Pad", "x pads", "y", ("mode", "wrap")).Output("y", "a", "b", "c", "d"),
        ["einsum 12"] = static () => new ForeignFile(12).Input("x", "N", 4).Weight("w", 5, 4).Node("Einsum", "x w", "y", ("equation", "bi,oi->bo")).Output("y", "N", 5),
        ["einsum 12 of any leading axes"] = static () => new ForeignFile(12).Input("x", 2, 3, 4).Weight("w", 5, 4).Node("Einsum", "x w", "y", ("equation", "...i,oi->...o")).Output("y", 2, 3, 5),
        ["range 11"] = static () => new ForeignFile(11).Input("x", "N", 4).Weight("start", TensorData.Scalar(0f)).Weight("limit", TensorData.Scalar(2f)).Weight("delta", TensorData.Scalar(0.5f))
            .Node("Range", "start limit delta", "r").Node("Add", "x r", "y").Output("y", "N", 4),
        ["quantize 10 and dequantize"] = static () => Rounded(10),
        ["quantize 13 by a scale per row"] = static () => Rounded(13, ("axis", 2)),
        ["quantize 21 and dequantize"] = static () => Rounded(21, ("axis", 1)),
        ["mish 18"] = static () => One(18, "Mish", Image),
        ["gelu 20"] = static () => One(20, "Gelu", Image),
        ["gelu 20, approximated"] = static () => One(20, "Gelu", Image, ("approximate", "tanh")),
        ["group normalization 18"] = static () => new ForeignFile(18).Input("x", "N", 4, 3, 3).Weight("s", 2).Weight("b", 2).Node("GroupNormalization", "x s b", "y", ("num_groups", 2)).Output("y", "N", 4, 3, 3),
        ["group normalization 21"] = static () => new ForeignFile(21).Input("x", "N", 4, 3, 3).Weight("s", 4).Weight("b", 4).Node("GroupNormalization", "x s b", "y", ("num_groups", 2)).Output("y", "N", 4, 3, 3),
        ["layer normalization 17"] = static () => new ForeignFile(17).Input("x", "N", 4, 6).Weight("s", 6).Weight("b", 6).Node("LayerNormalization", "x s b", "y").Output("y", "N", 4, 6),
        ["hard swish 14"] = static () => One(14, "HardSwish", Image),
        ["swish 24"] = static () => One(24, "Swish", Image, ("alpha", 1.5f)),
        ["opset 26"] = static () => One(26, "Sigmoid", Image),
        ["shape arithmetic 11"] = static () => new ForeignFile(11).Input("x", Image).Node("Shape", "x", "s").Ints("first", 0).Node("Gather", "s first", "n").Ints("rest", -1).Node("Concat", "n rest", "t", ("axis", 0)).Node("Reshape", "x t", "y").Output("y", "N", 108),
        ["lstm 7"] = static () => new ForeignFile(7).Input("x", 3, 2, 4).Weight("w", 1, 12, 4).Weight("r", 1, 12, 3).Node("LSTM", "x w r", "y", ("hidden_size", 3)).Output("y", 3, 1, 2, 3),
        ["functions 18"] = static () => Functions(),
    };

    private static ForeignFile One(int opset, string type, object[] shape, params (string Name, object Value)[] attributes)
    {
        var rank = type is "Squeeze" ? shape.Count(static d => d is not 1) : type is "Unsqueeze" ? shape.Length + 2 : attributes.Contains(("keepdims", 0)) ? shape.Length - 1 : shape.Length;
        return new ForeignFile(opset).Input("x", shape).Node(type, "x", "y", attributes).Output("y", [.. Enumerable.Range(0, rank).Select(static i => $"d{i}")]);
    }

    private static ForeignFile Rounded(int opset, params (string Name, object Value)[] attributes)
    {
        var count = attributes is [(_, 2)] ? 6 : attributes is [(_, 1)] ? 3 : 1;
        var scales = Enumerable.Range(1, count).Select(static i => 0.013f * i).ToArray();
        var zeros = Enumerable.Range(1, count).Select(static i => (byte)(100 + i)).ToArray();
        long[] dimensions = count == 1 ? [] : [count];
        return new ForeignFile(opset).Input("x", Image).Weight("s", TensorData.Of<float>(scales).Reshape([.. dimensions])).Weight("z", TensorData.Of<byte>(zeros).Reshape([.. dimensions]))
            .Node("QuantizeLinear", "x s z", "q", attributes).Node("DequantizeLinear", "q s z", "y", attributes).Output("y", Image);
    }

    private static ForeignFile Two(int opset, string type, params (string Name, object Value)[] attributes) => new ForeignFile(opset)
        .Input("x", Image).Node(type, "x", "a b", attributes).Node("Concat", "b a", "y", ("axis", 1)).Output("y", "N", "c", "h", "w");

    private static ForeignFile Norm(int opset, params (string Name, object Value)[] attributes) => new ForeignFile(opset)
        .Input("x", Image).Weight("s", 3).Weight("b", 3).Weight("m", 3).Weight("v", 3).Node("BatchNormalization", "x s b m v", "y", attributes).Output("y", Image);

    // PyTorch computes the scales of an image of 6×6 pixels that becomes 12×18 from its shape.
    private static ForeignFile ToSize(int opset, string type, string mode) => new ForeignFile(opset).Input("x", Image).Floats("size", 12, 18).Floats("kept", 1, 1).Ints("from", 2).Ints("to", 4)
        .Node("Shape", "x", "shape")
        .Node("Slice", opset < 10 ? "shape" : "shape from to", "image", opset < 10 ? [("axes", (int[])[0]), ("starts", (int[])[2]), ("ends", (int[])[4])] : [])
        .Node("Cast", "image", "pixels", ("to", (int)ElementType.Float32))
        .Node("Div", "size pixels", "factors")
        .Node("Concat", "kept factors", "scales", ("axis", 0))
        .Node(type, "x scales", "y", ("mode", mode))
        .Output("y", "N", 3, 12, 18);

    // Leaky(x) = Max(x, alpha · x) with alpha from the call, called by Twice, which gives a default for it.
    private static ForeignFile Functions()
    {
        var file = new ForeignFile(18).Input("x", "N", 4).Output("y", "N", 4);
        file.Model.IrVersion = 8;
        file.Model.OpsetImport.Add(new OperatorSetIdProto { Domain = "own", Version = 1 });
        var alpha = new NodeProto { OpType = "Constant", Output = { "alpha" }, Attribute = { new AttributeProto { Name = "value_float", RefAttrName = "slope", Type = AttributeProto.Types.AttributeType.Float } } };
        file.Model.Functions.Add(new FunctionProto
        {
            Name = "Leaky", Domain = "own", Input = { "v" }, Output = { "w" }, Attribute = { "slope" }, OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 18 } },
            Node = { alpha, ForeignFile.NodeOf("Mul", "v alpha", "m"), ForeignFile.NodeOf("Max", "v m", "w") },
        });
        var inner = new NodeProto { OpType = "Leaky", Domain = "own", Input = { "a" }, Output = { "b" }, Attribute = { new AttributeProto { Name = "slope", RefAttrName = "slope", Type = AttributeProto.Types.AttributeType.Float } } };
        var outer = inner.Clone();
        (outer.Input[0], outer.Output[0]) = ("b", "c");
        file.Model.Functions.Add(new FunctionProto
        {
            Name = "Twice", Domain = "own", Input = { "a" }, Output = { "c" }, Attribute = { "slope" },
            OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 18 }, new OperatorSetIdProto { Domain = "own", Version = 1 } }, Node = { inner, outer },
        });
        foreach (var (name, input, output) in new[] { ("first", "x", "t"), ("second", "t", "y") })
        {
            var call = ForeignFile.NodeOf("Twice", input, output, ("slope", name == "first" ? 0.5f : -0.25f));
            (call.Domain, call.Name) = ("own", name);
            file.Model.Graph.Node.Add(call);
        }

        return file;
    }
}
