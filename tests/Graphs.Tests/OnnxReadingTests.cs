using System.Runtime.InteropServices;
using Google.Protobuf;
using Toolchain.Graphs.Onnx;
using Toolchain.Graphs.Onnx.Schema;
using AttributeType = Toolchain.Graphs.Onnx.Schema.AttributeProto.Types.AttributeType;

namespace Toolchain.Graphs.Tests;

public sealed class OnnxReadingTests
{
    private static readonly Dictionary<ElementType, (Action<TensorProto> Fill, TensorData Expected)> Typed = new()
    {
        [ElementType.Float32] = (static t => t.FloatData.Add([1.5f, float.NaN, -0f]), TensorData.Of<float>([1.5f, float.NaN, -0f])),
        [ElementType.Float64] = (static t => t.DoubleData.Add([1.5, double.NegativeInfinity, 3]), TensorData.Of<double>([1.5, double.NegativeInfinity, 3])),
        [ElementType.Int64] = (static t => t.Int64Data.Add([long.MinValue, -1, long.MaxValue]), TensorData.Of<long>([long.MinValue, -1, long.MaxValue])),
        [ElementType.UInt64] = (static t => t.Uint64Data.Add([0, 1, ulong.MaxValue]), TensorData.Of<ulong>([0UL, 1, ulong.MaxValue])),
        [ElementType.UInt32] = (static t => t.Uint64Data.Add([0, 1, uint.MaxValue]), TensorData.Of<uint>([0U, 1, uint.MaxValue])),
        [ElementType.Int32] = (static t => t.Int32Data.Add([int.MinValue, -1, int.MaxValue]), TensorData.Of<int>([int.MinValue, -1, int.MaxValue])),
        [ElementType.Int16] = (static t => t.Int32Data.Add([-32768, -1, 32767]), TensorData.Of<short>([-32768, -1, 32767])),
        [ElementType.UInt16] = (static t => t.Int32Data.Add([0, 1, 65535]), TensorData.Of<ushort>([0, 1, 65535])),
        [ElementType.Int8] = (static t => t.Int32Data.Add([-128, -1, 127]), TensorData.Of<sbyte>([-128, -1, 127])),
        [ElementType.UInt8] = (static t => t.Int32Data.Add([0, 128, 255]), TensorData.Of<byte>([0, 128, 255])),
        [ElementType.Bool] = (static t => t.Int32Data.Add([1, 0, 1]), TensorData.Of<bool>([true, false, true])),
        [ElementType.Float16] = (static t => t.Int32Data.Add([0x3C00, 0xC000, 0x7BFF]), TensorData.Of<Half>([(Half)1, (Half)(-2), Half.MaxValue])),
        [ElementType.BFloat16] = (static t => t.Int32Data.Add([0x3F80, 0xC000, 0x7F80]), new(ElementType.BFloat16, [3], new byte[] { 0x80, 0x3F, 0x00, 0xC0, 0x80, 0x7F })),
    };

    public static TheoryData<ElementType> NumberTypes => OnnxRoundTripTests.NumberTypes;

    [Theory]
    [MemberData(nameof(NumberTypes))]
    public void Values_in_typed_fields_become_a_tensors_bytes(ElementType type)
    {
        var model = OnnxProto.Model();
        var tensor = new TensorProto { Name = "typed", DataType = (int)type, Dims = { 3 } };
        Typed[type].Fill(tensor);
        model.Graph.Initializer.Add(tensor);

        Assert.True(Typed[type].Expected.ContentEquals(model.Read().Graph.Initializers["typed"]));
    }

    [Fact]
    public void Packed_values_may_come_in_pieces_and_alone()
    {
        // 1 and 2 packed, 3 alone, 4 packed, as protobuf's rules for repeated fields allow.
        byte[] floats = [0x08, 0x04, 0x10, 0x01, 0x42, 0x01, 0x77, 0x22, 0x08, .. Bits(1, 2), 0x25, .. Bits(3), 0x22, 0x04, .. Bits(4)];
        byte[] longs = [0x08, 0x04, 0x10, 0x07, 0x42, 0x01, 0x76, 0x3A, 0x02, 1, 2, 0x38, 3, 0x3A, 0x01, 4];

        Assert.Equal([1f, 2, 3, 4], Read(floats).Values<float>());
        Assert.Equal([1L, 2, 3, 4], Read(longs).Values<long>());

        static byte[] Bits(params float[] values) => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();

        static TensorData Read(byte[] tensor)
        {
            // A graph named "g" whose one initializer is the tensor, and opset 17.
            byte[] graph = [0x12, 0x01, 0x67, 0x2A, (byte)tensor.Length, .. tensor];
            return OnnxFile.Read(new byte[] { 0x08, 0x08, 0x3A, (byte)graph.Length }.Concat(graph).Concat<byte>([0x42, 0x02, 0x10, 0x11]).ToArray()).Graph.Initializers.Values.Single();
        }
    }

    [Fact]
    public void Weights_are_windows_of_the_bytes_that_were_read()
    {
        var model = OnnxProto.Model();
        model.Graph.Initializer.Add(new TensorProto { Name = "typed", DataType = 1, Dims = { 3 }, FloatData = { 1, 2, 3 } });
        var bytes = model.ToByteArray();

        foreach (var weight in OnnxFile.Read(bytes).Graph.Initializers.Values)
        {
            Assert.True(MemoryMarshal.TryGetArray(weight.Bytes, out var array));
            Assert.Same(bytes, array.Array);
        }
    }

    [Fact]
    public void Initializers_that_are_inputs_too_stay_initializers()
    {
        var model = OnnxProto.Model();
        model.IrVersion = 3;
        model.Graph.Input.Add(OnnxProto.Value("w", 10, 10));

        Assert.Equal(["x"], model.Read().Graph.Inputs.Select(static i => i.Name));
    }

    [Fact]
    public void Nodes_without_a_name_of_their_own_get_one()
    {
        var model = OnnxProto.Model();
        model.Graph.Node.AddRange([Relu("", "a"), Relu("act", "b"), Relu("Relu_2", "c"), Relu("", "d")]);

        Assert.Equal(["dot", "act", "Relu_2_1", "act_3", "Relu_2", "Relu_5"], model.Read().Graph.Nodes.Select(static n => n.Name));

        static NodeProto Relu(string name, string output) => new() { Name = name, OpType = "Relu", Input = { "x" }, Output = { output } };
    }

    [Fact]
    public void Metadata_producer_and_other_domains_are_kept()
    {
        var model = OnnxProto.Model();
        (model.ProducerName, model.ProducerVersion) = ("pytorch", "2.1");
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "com.example", Version = 3 });
        model.MetadataProps.AddRange([new() { Key = "b", Value = "2" }, new() { Key = "a", Value = "1" }]);

        var read = model.Read();

        Assert.Equal(("pytorch", "2.1"), (read.ProducerName, read.ProducerVersion));
        Assert.Equal([KeyValuePair.Create("com.example", 3L)], read.Domains);
        Assert.Equal([KeyValuePair.Create("a", "1"), KeyValuePair.Create("b", "2")], read.Graph.Metadata);
    }

    [Fact]
    public void Operators_that_nobody_knows_keep_everything_they_had()
    {
        var model = OnnxProto.Model();
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "com.example", Version = 3 });
        model.Graph.Node.Add(new NodeProto
        {
            Name = "odd", OpType = "Odd", Domain = "com.example", Input = { "x", "", "w" }, Output = { "", "o" },
            Attribute =
            {
                OnnxProto.Int("int", -7),
                new AttributeProto { Name = "float", F = 0, Type = AttributeType.Float },
                new AttributeProto { Name = "text", S = ByteString.CopyFromUtf8("größe"), Type = AttributeType.String },
                new AttributeProto { Name = "bytes", S = ByteString.CopyFrom(0xFF, 0xFE), Type = AttributeType.String },
                new AttributeProto { Name = "ints", Ints = { 1, -2 }, Type = AttributeType.Ints },
                new AttributeProto { Name = "none", Type = AttributeType.Ints },
                new AttributeProto { Name = "floats", Floats = { 1, float.NaN }, Type = AttributeType.Floats },
                new AttributeProto { Name = "texts", Strings = { ByteString.CopyFromUtf8("a"), ByteString.Empty }, Type = AttributeType.Strings },
                new AttributeProto { Name = "tensor", T = new() { DataType = 7, Dims = { 1 }, Int64Data = { 5 } }, Type = AttributeType.Tensor },
                new AttributeProto { Name = "strings", T = new() { DataType = 8, Dims = { 1 }, StringData = { ByteString.CopyFromUtf8("s") } }, Type = AttributeType.Tensor },
                new AttributeProto { Name = "tensors", Tensors = { new TensorProto { DataType = 14 } }, Type = AttributeType.Tensors },
                new AttributeProto { Name = "graph", G = model.Body(), Type = AttributeType.Graph },
                new AttributeProto { Name = "type", Tp = OnnxProto.Value("v", 1).Type, Type = AttributeType.TypeProto },
                new AttributeProto { Name = "sparse", SparseTensor = new() { Dims = { 4 } }, Type = AttributeType.SparseTensor },
            },
        });

        var read = model.Read();
        var again = OnnxFile.Read(OnnxRoundTripTests.Bytes(read.Graph, OnnxWriteOptions.Like(read)));

        var kept = Assert.IsType<Foreign>(read.Graph.Nodes[2].Op).Kept;
        Assert.Equal(
            ["Int", "Float", "Text", "Opaque", "Ints", "Ints", "Floats", "Texts", "Tensor", "Opaque", "Opaque", "Opaque", "Opaque", "Opaque"],
            kept.Select(static a => a.Value.GetType().Name));
        Assert.Equal(model.Graph.Node[2].Attribute[11].ToByteArray(), Assert.IsType<AttributeValue.Opaque>(kept[11].Value).Encoded);
        OnnxRoundTripTests.AssertSame(read.Graph, again.Graph);
        Assert.Equal(read.Domains, again.Domains);
    }

    [Fact]
    public void Axes_of_a_mean_are_an_attribute_at_any_opset()
    {
        var model = OnnxProto.Model();
        model.OpsetImport[0].Version = 18;
        model.Graph.Initializer.Add(new TensorProto { Name = "axes", DataType = 7, Dims = { 1 }, Int64Data = { -1 } });
        model.Graph.Node.Add(new NodeProto { Name = "mean", OpType = "ReduceMean", Input = { "x", "axes" }, Output = { "m" }, Attribute = { OnnxProto.Int("noop_with_empty_axes", 1) } });
        model.Graph.Node.Add(new NodeProto { Name = "nothing", OpType = "ReduceMean", Input = { "x" }, Output = { "n" }, Attribute = { OnnxProto.Int("noop_with_empty_axes", 1) } });
        model.Graph.Node.Add(new NodeProto { Name = "all", OpType = "ReduceMean", Input = { "x", "" }, Output = { "a" } });

        var graph = model.Read().Graph;

        Assert.Equal([new ReduceMean([-1]), new Identity(), new ReduceMean()], graph.Nodes.Skip(2).Select(static n => n.Op));
        Assert.All(graph.Nodes.Skip(2), n => Assert.Equal(["x"], n.Inputs));
        Assert.Equal(["w"], graph.Initializers.Keys);
    }

    [Fact]
    public void Old_forms_keep_names_and_become_constants_and_inputs()
    {
        var model = OnnxProto.Model();
        model.OpsetImport[0].Version = 9;
        model.Graph.Node.Add(new NodeProto { Name = "clip", OpType = "Clip", Input = { "x" }, Output = { "c" }, Attribute = { new AttributeProto { Name = "max", F = 6, Type = AttributeType.Float } } });
        model.Graph.Node.Add(new NodeProto { Name = "drop", OpType = "Dropout", Input = { "c" }, Output = { "d", "mask" }, Attribute = { new AttributeProto { Name = "ratio", F = 0.2f, Type = AttributeType.Float } } });

        var graph = model.Read().Graph;

        Assert.Equal(["dot", "act", "clip.max", "clip", "drop.ratio", "drop"], graph.Nodes.Select(static n => n.Name));
        Assert.Equal(["x", "", "clip.max"], graph.Nodes[3].Inputs);
        Assert.Equal(["c", "drop.ratio"], graph.Nodes[5].Inputs);
        Assert.Equal(["d"], graph.Nodes[5].Outputs);
        Assert.Equal(0.2f, graph.ConstantValue("drop.ratio")!.Values<float>()[0]);
    }

    [Fact]
    public void A_mask_that_is_read_stays()
    {
        var model = OnnxProto.Model();
        model.Graph.Node.Add(new NodeProto { Name = "drop", OpType = "Dropout", Input = { "x" }, Output = { "d", "mask" } });
        model.Graph.Node.Add(new NodeProto { Name = "use", OpType = "Identity", Input = { "mask" }, Output = { "m" } });

        Assert.Equal(["d", "mask"], model.Read().Graph.Nodes[2].Outputs);
    }

    [Theory]
    [InlineData("Odd", 9)]
    [InlineData("SequenceLength", 11)]
    [InlineData("ScatterND", 18)]
    public void What_has_no_form_in_the_own_opset_keeps_its_own(string type, int opset)
    {
        var model = OnnxProto.Model();
        model.OpsetImport[0].Version = opset;
        var odd = new NodeProto { Name = "odd", OpType = type, Input = { "x" }, Output = { "o" } };
        if (type == "ScatterND")
        {
            odd.Attribute.Add(new AttributeProto { Name = "reduction", S = ByteString.CopyFromUtf8("max"), Type = AttributeType.String });
        }

        model.Graph.Node.Add(odd);

        Assert.Equal(opset, Assert.IsType<Foreign>(model.Read().Graph.Nodes[2].Op).Opset);
    }

    [Fact]
    public void Operators_that_never_changed_need_no_opset_of_their_own()
    {
        var model = OnnxProto.Model();
        model.OpsetImport[0].Version = 9;
        model.Graph.Node.Add(new NodeProto { Name = "odd", OpType = "ThresholdedRelu", Input = { "x" }, Output = { "o" } });
        var read = model.Read();

        Assert.Null(Assert.IsType<Foreign>(read.Graph.Nodes[2].Op).Opset);
        Assert.Null(Opsets.Required(read.Graph));
        OnnxRoundTripTests.AssertSame(read.Graph, OnnxFile.Read(OnnxRoundTripTests.Bytes(read.Graph, new() { Opset = 21 })).Graph);
    }

    [Fact]
    public void Functions_become_the_nodes_that_they_are_made_of()
    {
        var model = OnnxProto.Model();
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "own", Version = 1 });
        model.Functions.Add(new FunctionProto
        {
            Name = "Swish", Domain = "own", Input = { "a" }, Output = { "b", "a" }, OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 17 } },
            Node =
            {
                new NodeProto { Name = "gate", OpType = "Sigmoid", Input = { "a" }, Output = { "s" } },
                new NodeProto { OpType = "Mul", Input = { "a", "s" }, Output = { "b" } },
            },
        });
        model.Graph.Node.Add(new NodeProto { Name = "one", OpType = "Swish", Domain = "own", Input = { "y" }, Output = { "p", "same" } });
        model.Graph.Node.Add(new NodeProto { Name = "one", OpType = "Swish", Domain = "own", Input = { "p" }, Output = { "q" } });

        var read = model.Read();

        Assert.Empty(read.Domains);
        Assert.Equal(["dot", "act", "one/a", "one/gate", "one/Mul_1", "one/a_5", "one/gate_6", "one/Mul_1_7"], read.Graph.Nodes.Select(static n => n.Name));
        Assert.Equal(["t", "y", "same", "one/s", "p", "one/a", "one/s_1", "q"], read.Graph.Nodes.SelectMany(static n => n.Outputs));
        Assert.Equal(["p", "one/s_1"], read.Graph.Nodes[7].Inputs);
    }

    [Fact]
    public void Axes_that_are_computed_are_refused()
    {
        var model = OnnxProto.Model();
        model.OpsetImport[0].Version = 18;
        model.Graph.Node.Add(new NodeProto { Name = "mean", OpType = "ReduceMean", Input = { "x", "y" }, Output = { "m" } });

        Assert.EndsWith("ReduceMean node 'mean': input 1 (axes) must be a constant, found the computed value 'y'.", OnnxProto.Error(() => model.Read()), StringComparison.Ordinal);
    }

    [Fact]
    public void Attributes_that_later_opsets_added_may_have_their_old_meaning()
    {
        var model = OnnxProto.Model();
        model.OpsetImport[0].Version = 19;
        model.Graph.Node.Add(new NodeProto { Name = "cast", OpType = "Cast", Input = { "x" }, Output = { "c" }, Attribute = { OnnxProto.Int("to", 10), OnnxProto.Int("saturate", 1) } });
        model.Graph.Node.Add(new NodeProto { Name = "pool", OpType = "AveragePool", Input = { "x" }, Output = { "p" }, Attribute = { Ints("kernel_shape", 2, 2), Ints("dilations", 1, 1) } });

        Assert.Equal([new Cast(ElementType.Float16), new AveragePool([2, 2])], model.Read().Graph.Nodes.Skip(2).Select(static n => n.Op));

        // What is new keeps its opset.
        model.Graph.Node[3].Attribute[1].Ints[0] = 2;
        Assert.Equal(19, Assert.IsType<Foreign>(model.Read().Graph.Nodes[3].Op).Opset);

        static AttributeProto Ints(string name, params long[] values) => new() { Name = name, Ints = { values }, Type = AttributeType.Ints };
    }
}
