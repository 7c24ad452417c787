using System.Globalization;
using Google.Protobuf;
using Toolchain.Graphs.Onnx;
using Toolchain.Graphs.PyTorch;
using Toolchain.Graphs.Safetensors;
using Toolchain.Graphs.Tests.PyTorch;

namespace Toolchain.Graphs.Tests;

public sealed class OnnxFuzzTests
{
    // Objects are larger than the bytes that describe them, and the error that ends a reading costs something too.
    private const long BytesPerByte = 60;
    private const long BytesPerReading = 256 << 10;

    // So many mutations of each file and seed; the environment variable FUZZ_ROUNDS asks for more.
    private static readonly int Rounds = int.TryParse(Environment.GetEnvironmentVariable("FUZZ_ROUNDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var rounds) ? rounds : 1000;

    // The sizes of the storages of Fixtures/checkpoint.pth.
    private static readonly byte[][] CheckpointStorages = Array.ConvertAll((int[])[72, 8, 8, 8, 8, 8, 8, 64, 8, 4, 64, 64, 4, 8, 8], static bytes => new byte[bytes]);

    private static readonly Dictionary<string, (byte[] Valid, Action<byte[]> Read)> Formats = new(StringComparer.Ordinal)
    {
        ["onnx of this toolchain"] = (OnnxRoundTripTests.Bytes(OnnxSamples.EveryOperator(), new() { WriteValueInfo = true }), static b => OnnxFile.Read(b)),
        ["onnx of opset 21"] = (OnnxRoundTripTests.Bytes(OnnxSamples.EveryOperator(), new() { Opset = 21 }), static b => OnnxFile.Read(b)),
        ["onnx of others"] = (Foreign(), static b => OnnxFile.Read(b)),
        ["onnx of opset 8"] = (OldestForms(), static b => OnnxFile.Read(b)),
        ["onnx of opset 9"] = (OldForms(9), static b => OnnxFile.Read(b)),
        ["onnx of opset 19"] = (NewForms(), static b => OnnxFile.Read(b)),
        ["onnx with functions"] = (Functions(), static b => OnnxFile.Read(b)),
        ["safetensors"] = (Tensors(), static b => SafetensorsFile.Read(b)),
        ["pytorch zip"] = (Fixture.Bytes("net.pth"), static b => ReadAll(PyTorchFile.Read(b))),
        ["pytorch legacy"] = (Fixture.Bytes("tensors-legacy.pth"), static b => ReadAll(PyTorchFile.Read(b))),
        ["pytorch pickle"] = (Fixture.Pickle("checkpoint.pth"), static b => PyTorchFile.Read(Fixture.Archive(b, CheckpointStorages))),
    };

    public static TheoryData<string> OnnxFormats => [.. Formats.Keys.Where(static f => f.StartsWith("onnx", StringComparison.Ordinal))];

    public static TheoryData<string, int> Seeds => [.. Formats.Keys.SelectMany(static _ => Enumerable.Range(1, 3), static (name, seed) => (name, seed))];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Damaged_files_give_errors_and_take_little_memory(string format, int seed)
    {
        var (valid, read) = Formats[format];
        var random = new Random(seed);
        var refused = 0;
        read(valid);
        for (var i = 0; i < Rounds; i++)
        {
            var bytes = Mutate(valid, random);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                read(bytes);
            }
            catch (ToolchainException e) when (e.Kind == ErrorKind.BadInput && e.Message.Length > 20)
            {
                refused++;
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, BytesPerReading + (BytesPerByte * bytes.Length));
        }

        // Some mutations only change a weight or a letter; if all did, nothing was tested.
        Assert.InRange(refused, Rounds * 3 / 10, Rounds);
    }

    [Theory]
    [MemberData(nameof(OnnxFormats))]
    public void What_is_read_of_a_damaged_file_can_be_measured_and_written_or_is_refused(string format)
    {
        var random = new Random(7);
        Measure(Formats[format].Valid);
        for (var i = 0; i < Rounds; i++)
        {
            var bytes = Mutate(Formats[format].Valid, random);
            try
            {
                Measure(bytes);
            }
            catch (ToolchainException e) when (e.Kind is ErrorKind.BadInput or ErrorKind.Usage)
            {
            }
            catch (Exception defect) when (defect is not ToolchainException)
            {
                throw new InvalidOperationException($"Mutation {i}: {Convert.ToBase64String(bytes)}", defect);
            }
        }
    }

    /// <summary>What a long run of these tests once stumbled over.</summary>
    [Fact]
    public void An_empty_image_can_be_resized_and_measured()
    {
        var sketch = new OnnxSketch();
        sketch.Node(new Resize(), sketch.Input(1, 3, 0, 8), "", "", sketch.Longs(1, 3, 16, 16));
        sketch.Node(new Resize(), sketch.Input(1, 3, 8, 0), "", "", sketch.Longs(1, 3, 8, 16));

        Measure(OnnxRoundTripTests.Bytes(sketch.Build()));
    }

    private static void Measure(byte[] bytes)
    {
        var model = OnnxFile.Read(bytes);
        LayerTable.Of(model.Graph, model.ValueInfo);
        OnnxFile.Write(model.Graph, Stream.Null, OnnxWriteOptions.Like(model));
    }

    private static byte[] Mutate(byte[] valid, Random random)
    {
        var bytes = valid.ToList();
        for (var n = random.Next(1, 4); n > 0 && bytes.Count > 0; n--)
        {
            var at = random.Next(bytes.Count);
            var length = Math.Min(random.Next(1, 20), bytes.Count - at);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.InsertRange(at, Enumerable.Range(0, length).Select(_ => (byte)random.Next(256)));
                    break;
                case 3:
                    bytes.RemoveRange(at, length);
                    break;
                case 4:
                    bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length));
                    break;
                default:
                    bytes.RemoveRange(at, random.Next(8) == 0 ? bytes.Count - at : 1);
                    break;
            }
        }

        return [.. bytes];
    }

    private static byte[] Foreign()
    {
        var model = OnnxProto.Model();
        model.Graph.Initializer[0].Dims[1] = 1;
        model.Graph.Initializer[0].RawData = ByteString.CopyFrom(new byte[40]);
        model.Graph.Initializer.Add(new Onnx.Schema.TensorProto { Name = "typed", DataType = 1, Dims = { 3 }, FloatData = { 1, 2, 3 } });
        model.Graph.Initializer.Add(new Onnx.Schema.TensorProto { Name = "half", DataType = 10, Dims = { 2 }, Int32Data = { 1, 2 } });
        model.Graph.Initializer.Add(new Onnx.Schema.TensorProto { Name = "longs", DataType = 7, Dims = { 2 }, Int64Data = { -1, 2 } });
        model.AddAttribute(new() { Name = "body", Type = Onnx.Schema.AttributeProto.Types.AttributeType.Graph, G = model.Body() });
        return model.ToByteArray();
    }

    private static byte[] OldForms(int opset)
    {
        var model = OnnxProto.Model();
        model.OpsetImport[0].Version = opset;
        model.Graph.Input.Add(OnnxProto.Value("image", 1, 2, 4, 4));
        model.Graph.Initializer.Add(new Onnx.Schema.TensorProto { Name = "scales", DataType = 1, Dims = { 4 }, FloatData = { 1, 1, 2, 2 } });
        model.Graph.Initializer.Add(new Onnx.Schema.TensorProto { Name = "stats", DataType = 1, Dims = { 2 }, FloatData = { 1, 2 } });
        model.Graph.Node.AddRange([
            Node("Softmax", "image", "a", OnnxProto.Int("axis", 1)), Node("Clip", "image", "b", Float("max", 6)), Node("Dropout", "b", "c", Float("ratio", 0.3f)),
            Node("Squeeze", "image", "d", Ints("axes", 0)), Node("Unsqueeze", "image", "e", Ints("axes", 0)), Node("Split", "image", "f", OnnxProto.Int("axis", 1), Ints("split", 2)),
            Node("Slice", "image", "g", Ints("starts", 0), Ints("ends", 1)), Node("Pad", "image", "h", Ints("pads", 0, 0, 1, 1, 0, 0, 1, 1)), Node("ReduceSum", "image", "i", Ints("axes", 2)),
            Node("Upsample", "image", "j"), Node("TopK", "image", "k", OnnxProto.Int("k", 2)), Node("BatchNormalization", "image stats stats stats stats", "l", Float("momentum", 0.8f))]);
        model.Graph.Node.Single(static n => n.OpType == "Upsample").Input.Add("scales");
        model.Graph.Node.Single(static n => n.OpType == "TopK").Output.Add("indices");
        return model.ToByteArray();
    }

    private static byte[] OldestForms()
    {
        var model = OnnxProto.Model();
        model.OpsetImport[0].Version = 8;
        model.Graph.Input.Add(OnnxProto.Value("image", 1, 2, 2, 2));
        foreach (var name in (string[])["scale", "shift", "mean", "var"])
        {
            model.Graph.Initializer.Add(new Onnx.Schema.TensorProto { Name = name, DataType = 1, Dims = { 2, 2, 2 }, FloatData = { 1, 2, 3, 4, 5, 6, 7, 8 } });
        }

        model.Graph.Node.AddRange([Node("BatchNormalization", "image scale shift mean var", "a", OnnxProto.Int("spatial", 0)), Node("Upsample", "image", "b", Floats("scales", 1, 1, 2, 2))]);
        return model.ToByteArray();
    }

    private static byte[] NewForms()
    {
        var model = OnnxProto.Model();
        model.OpsetImport[0].Version = 19;
        model.Graph.Input.Add(OnnxProto.Value("image", 1, 4, 4, 4));
        model.Graph.Initializer.Add(new Onnx.Schema.TensorProto { Name = "two", DataType = 7, Dims = { 2 }, Int64Data = { 2, 3 } });
        model.Graph.Initializer.Add(new Onnx.Schema.TensorProto { Name = "pads", DataType = 7, Dims = { 4 }, Int64Data = { 1, 1, 0, 2 } });
        model.Graph.Initializer.Add(new Onnx.Schema.TensorProto { Name = "scales", DataType = 1, Dims = { 2 }, FloatData = { 2, 2 } });
        model.Graph.Initializer.Add(new Onnx.Schema.TensorProto { Name = "scale", DataType = 1, FloatData = { 0.5f } });
        model.Graph.Initializer.Add(new Onnx.Schema.TensorProto { Name = "one", DataType = 7, Int64Data = { 1 } });
        model.Graph.Initializer.Add(new Onnx.Schema.TensorProto { Name = "wrapped", DataType = 7, Dims = { 8 }, Int64Data = { 0, 0, 1, 2, 0, 0, 3, 0 } });
        model.Graph.Initializer.Add(new Onnx.Schema.TensorProto { Name = "groups", DataType = 1, Dims = { 2 }, FloatData = { 1, 2 } });
        model.Graph.Node.AddRange([
            Node("ReduceMean", "image two", "a"), Node("Split", "image", "b", OnnxProto.Int("axis", 1), OnnxProto.Int("num_outputs", 1)), Node("Pad", "image pads  two", "c"),
            Node("Resize", "image  scales", "d", Ints("axes", 2, 3)), Node("GroupNormalization", "image groups groups", "e", OnnxProto.Int("num_groups", 2)),
            Node("AveragePool", "image", "f", Ints("kernel_shape", 2, 2), Ints("dilations", 1, 1)), Node("Cast", "image", "g", OnnxProto.Int("to", 10), OnnxProto.Int("saturate", 1)),
            Node("QuantizeLinear", "image scale", "h"), Node("DequantizeLinear", "h scale", "i"), Node("Einsum", "image image", "j", Text("equation", "abcd,abcd->ab")),
            Node("Pad", "image wrapped", "k", Text("mode", "wrap")), Node("Range", "one one one", "l")]);
        return model.ToByteArray();
    }

    private static byte[] Functions()
    {
        var model = OnnxProto.Model();
        model.OpsetImport.Add(new Onnx.Schema.OperatorSetIdProto { Domain = "own", Version = 1 });
        var slope = new Onnx.Schema.AttributeProto { Name = "alpha", RefAttrName = "slope", Type = Onnx.Schema.AttributeProto.Types.AttributeType.Float };
        model.Functions.Add(new Onnx.Schema.FunctionProto
        {
            Name = "Inner", Domain = "own", Input = { "a" }, Output = { "b" }, Attribute = { "slope" }, OpsetImport = { new Onnx.Schema.OperatorSetIdProto { Domain = "", Version = 17 } },
            Node = { Node("LeakyRelu", "a", "t", slope), Node("Add", "t a", "b") },
        });
        var call = Node("Inner", "x", "y", Float("slope", 0.5f));
        call.Domain = "own";
        model.Functions.Add(new Onnx.Schema.FunctionProto { Name = "Outer", Domain = "own", Input = { "x" }, Output = { "y" }, OpsetImport = { new Onnx.Schema.OperatorSetIdProto { Domain = "own", Version = 1 } }, Node = { call } });
        foreach (var (input, output) in new[] { ("x", "p"), ("p", "q") })
        {
            var node = Node("Outer", input, output);
            node.Domain = "own";
            model.Graph.Node.Add(node);
        }

        return model.ToByteArray();
    }

    private static Onnx.Schema.NodeProto Node(string type, string inputs, string output, params Onnx.Schema.AttributeProto[] attributes)
    {
        var node = new Onnx.Schema.NodeProto { Name = output, OpType = type, Output = { output }, Attribute = { attributes } };
        node.Input.AddRange(inputs.Split(' '));
        return node;
    }

    private static Onnx.Schema.AttributeProto Text(string name, string value) => new() { Name = name, S = ByteString.CopyFromUtf8(value), Type = Onnx.Schema.AttributeProto.Types.AttributeType.String };

    private static Onnx.Schema.AttributeProto Float(string name, float value) => new() { Name = name, F = value, Type = Onnx.Schema.AttributeProto.Types.AttributeType.Float };

    private static Onnx.Schema.AttributeProto Floats(string name, params float[] values) => new() { Name = name, Floats = { values }, Type = Onnx.Schema.AttributeProto.Types.AttributeType.Floats };

    private static Onnx.Schema.AttributeProto Ints(string name, params long[] values) => new() { Name = name, Ints = { values }, Type = Onnx.Schema.AttributeProto.Types.AttributeType.Ints };

    // Tensors that are no windows are made when they are first looked at.
    private static void ReadAll(PyTorchFile file) => Assert.All(file.Tensors.Values, static t => Assert.Equal(t.ByteCount, t.Bytes.Length));

    private static byte[] Tensors()
    {
        using var stream = new MemoryStream();
        SafetensorsFile.Write(stream, OnnxSamples.EveryOperator().Initializers.Take(8), new Dictionary<string, string> { ["format"] = "pt" });
        return stream.ToArray();
    }
}
