using System.Globalization;
using Google.Protobuf;
using Toolchain.Graphs.Onnx;
using Toolchain.Graphs.PyTorch;
using Toolchain.Graphs.Safetensors;
using Toolchain.Graphs.Tests.PyTorch;
using Schema = Toolchain.Graphs.Onnx.Schema;

namespace Toolchain.Graphs.Tests;

public sealed class OnnxFuzzTests : IDisposable
{
    // Objects are larger than the bytes that describe them, and the error that ends a reading costs something too.
    private const long BytesPerByte = 60;
    private const long BytesPerReading = 256 << 10;

    // So many mutations of each file and seed, from this seed on; the environment variables FUZZ_ROUNDS and FUZZ_SEED ask for others.
    private static readonly int Rounds = Asked("FUZZ_ROUNDS", 500);
    private static readonly int FirstSeed = Asked("FUZZ_SEED", 1);

    // The sizes of the storages of Fixtures/checkpoint.pth.
    private static readonly byte[][] CheckpointStorages = Array.ConvertAll((int[])[72, 8, 8, 8, 8, 8, 8, 64, 8, 4, 64, 64, 4, 8, 8], static bytes => new byte[bytes]);

    private static readonly Dictionary<string, Format> Formats = new(StringComparer.Ordinal)
    {
        ["onnx of this toolchain"] = OnnxOf(OnnxRoundTripTests.Bytes(OnnxSamples.EveryOperator(), new() { WriteValueInfo = true })),
        ["onnx of opset 21"] = OnnxOf(OnnxRoundTripTests.Bytes(OnnxSamples.EveryOperator(), new() { Opset = 21 })),
        ["onnx of others"] = OnnxOf(Foreign()),
        ["onnx of opset 8"] = OnnxOf(OldestForms()),
        ["onnx of opset 9"] = OnnxOf(OldForms(9)),
        ["onnx of opset 19"] = OnnxOf(NewForms()),
        ["onnx with functions"] = OnnxOf(Functions()),
        ["onnx with bodies"] = OnnxOf(Bodies()),
        ["onnx with external data"] = OnnxOf(External(), ReadBeside),
        ["safetensors"] = new(Tensors(), static (b, _) => SafetensorsFile.Read(b)),
        ["pytorch zip"] = new(Fixture.Bytes("net.pth"), static (b, _) => ReadAll(PyTorchFile.Read(b))),
        ["pytorch legacy"] = new(Fixture.Bytes("tensors-legacy.pth"), static (b, _) => ReadAll(PyTorchFile.Read(b))),
        ["pytorch pickle"] = new(Fixture.Pickle("checkpoint.pth"), static (b, _) => PyTorchFile.Read(Fixture.Archive(b, CheckpointStorages))),
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("onnx-fuzz").FullName;

    public static TheoryData<string> OnnxFormats => [.. Formats.Keys.Where(static f => Formats[f].Model is not null)];

    public static TheoryData<string, int> Seeds => [.. Formats.Keys.SelectMany(static _ => Enumerable.Range(FirstSeed, 3), static (name, seed) => (name, seed))];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Damaged_files_give_errors_and_take_little_memory(string format, int seed)
    {
        var (valid, read, model) = Formats[format];
        var random = new Random(seed);
        var refused = 0;
        Prepare();
        read(valid, _folder);
        for (var i = 0; i < Rounds; i++)
        {
            var (bytes, round, isRefused) = (Mutate(valid, random, model is not null), i, false);
            Allocated.AtMost(BytesPerReading + (BytesPerByte * bytes.Length), () =>
            {
                try
                {
                    read(bytes, _folder);
                }
                catch (ToolchainException e) when (e.Kind is ErrorKind.BadInput or ErrorKind.NotFound && e.Message.Length > 20)
                {
                    isRefused = true;
                }
                catch (Exception defect)
                {
                    throw Found(round, bytes, defect);
                }
            });
            refused += isRefused ? 1 : 0;
        }

        // Some mutations only change a weight or a letter; if all did, nothing was tested.
        Assert.InRange(refused, Rounds / 5, Rounds);
    }

    [Theory]
    [MemberData(nameof(OnnxFormats))]
    public void What_is_read_of_a_damaged_file_can_be_measured_and_written_or_is_refused(string format)
    {
        var random = new Random(FirstSeed + 6);
        var (valid, _, model) = Formats[format];
        Prepare();
        Measure(model!(valid, _folder));
        for (var i = 0; i < Rounds; i++)
        {
            var bytes = Mutate(valid, random, isOnnx: true);
            try
            {
                Measure(model!(bytes, _folder));
            }
            catch (ToolchainException e) when (e.Kind is ErrorKind.BadInput or ErrorKind.NotFound or ErrorKind.Usage)
            {
            }
            catch (Exception defect)
            {
                throw Found(i, bytes, defect);
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

        Measure(OnnxFile.Read(OnnxRoundTripTests.Bytes(sketch.Build())));
    }

    // What is written can be read again, whatever file it was made of.
    private static void Measure(OnnxModel model)
    {
        LayerTable.Of(model.Graph, model.ValueInfo);
        using var written = new MemoryStream();
        OnnxFile.Write(model.Graph, written, OnnxWriteOptions.Like(model));
        try
        {
            OnnxFile.Read(written.ToArray());
        }
        catch (ToolchainException unread)
        {
            throw new InvalidOperationException("What was written cannot be read.", unread);
        }
    }

    private static int Asked(string variable, int standard) => int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? asked : standard;

    private static Format OnnxOf(byte[] valid) => OnnxOf(valid, static (b, _) => OnnxFile.Read(b));

    private static Format OnnxOf(byte[] valid, Func<byte[], string, OnnxModel> model) => new(valid, (b, folder) => model(b, folder), model);

    private static InvalidOperationException Found(int round, byte[] bytes, Exception defect) => new($"Mutation {round}: {Convert.ToBase64String(bytes)}", defect);

    // Half of the damages to an ONNX file are made without knowing what it is.
    private static byte[] Mutate(byte[] valid, Random random, bool isOnnx) => isOnnx && random.Next(2) == 0 ? new OnnxMutation(random).Of(valid) : Mutate(valid, random);

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
        model.Graph.Initializer.Add(new Schema.TensorProto { Name = "typed", DataType = 1, Dims = { 3 }, FloatData = { 1, 2, 3 } });
        model.Graph.Initializer.Add(new Schema.TensorProto { Name = "half", DataType = 10, Dims = { 2 }, Int32Data = { 1, 2 } });
        model.Graph.Initializer.Add(new Schema.TensorProto { Name = "longs", DataType = 7, Dims = { 2 }, Int64Data = { -1, 2 } });
        model.AddAttribute(new() { Name = "body", Type = Schema.AttributeProto.Types.AttributeType.Graph, G = model.Body() });
        return model.ToByteArray();
    }

    private void Prepare() => File.WriteAllBytes(Path.Combine(_folder, "w.bin"), new byte[600]);

    // A file whose tensors are in files beside it is read from its folder.
    private static OnnxModel ReadBeside(byte[] bytes, string folder)
    {
        var path = Path.Combine(folder, "model.onnx");
        File.WriteAllBytes(path, bytes);
        return OnnxFile.Read(path);
    }

    private static byte[] External()
    {
        var model = OnnxProto.Model();
        var weight = model.Graph.Initializer[0];
        weight.ClearRawData();
        weight.DataLocation = Schema.TensorProto.Types.DataLocation.External;
        weight.ExternalData.AddRange([new() { Key = "location", Value = "w.bin" }, new() { Key = "offset", Value = "200" }, new() { Key = "length", Value = "400" }]);
        return model.ToByteArray();
    }

    // A branch in the body of a loop reads values of the graph outside; a scan goes through a matrix.
    private static byte[] Bodies()
    {
        var model = OnnxProto.Model();
        var flag = OnnxProto.Value("go");
        flag.Type.TensorType.ElemType = 9;
        model.Graph.Input.Add(flag);
        var rounds = new Schema.TensorProto { Name = "rounds", DataType = 7, Int64Data = { 3 } };
        var then = new Schema.GraphProto { Name = "then", Node = { Node("Add", "state t", "sum"), Node("Celu", "sum", "a", Float("alpha", 0.5f)) }, Output = { OnnxProto.Value("a", 5, 10) } };
        var other = new Schema.GraphProto
        {
            Name = "else",
            Initializer = { new Schema.TensorProto { Name = "half", DataType = 1, FloatData = { 0.5f } } },
            Node = { Node("Mul", "state half", "b") },
            Output = { OnnxProto.Value("b", 5, 10) },
        };
        var body = new Schema.GraphProto
        {
            Name = "body",
            Input = { new Schema.ValueInfoProto { Name = "round" }, new Schema.ValueInfoProto { Name = "on" }, OnnxProto.Value("state", 5, 10) },
            Node = { Node("Identity", "on", "still"), Node("If", "on", "next", Graph("then_branch", then), Graph("else_branch", other)) },
            Output = { new Schema.ValueInfoProto { Name = "still" }, OnnxProto.Value("next", 5, 10) },
        };
        var step = new Schema.GraphProto
        {
            Name = "step",
            Input = { OnnxProto.Value("total", 10), OnnxProto.Value("row", 10) },
            Node = { Node("Add", "total row", "new_total"), Node("Identity", "new_total", "out_row") },
            Output = { OnnxProto.Value("new_total", 10), OnnxProto.Value("out_row", 10) },
        };
        model.Graph.Initializer.AddRange([rounds, new() { Name = "zero", DataType = 1, Dims = { 10 }, RawData = ByteString.CopyFrom(new byte[40]) }]);
        var scan = Node("Scan", "zero y", "sums", Graph("body", step), OnnxProto.Int("num_scan_inputs", 1));
        scan.Output.Add("rows");
        model.Graph.Node.AddRange([Node("Loop", "rounds go y", "looped", Graph("body", body)), scan]);
        return model.ToByteArray();
    }

    private static Schema.AttributeProto Graph(string name, Schema.GraphProto graph) => new() { Name = name, G = graph, Type = Schema.AttributeProto.Types.AttributeType.Graph };

    private static byte[] OldForms(int opset)
    {
        var model = OnnxProto.Model();
        model.OpsetImport[0].Version = opset;
        model.Graph.Input.Add(OnnxProto.Value("image", 1, 2, 4, 4));
        model.Graph.Initializer.Add(new Schema.TensorProto { Name = "scales", DataType = 1, Dims = { 4 }, FloatData = { 1, 1, 2, 2 } });
        model.Graph.Initializer.Add(new Schema.TensorProto { Name = "stats", DataType = 1, Dims = { 2 }, FloatData = { 1, 2 } });
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
            model.Graph.Initializer.Add(new Schema.TensorProto { Name = name, DataType = 1, Dims = { 2, 2, 2 }, FloatData = { 1, 2, 3, 4, 5, 6, 7, 8 } });
        }

        model.Graph.Node.AddRange([Node("BatchNormalization", "image scale shift mean var", "a", OnnxProto.Int("spatial", 0)), Node("Upsample", "image", "b", Floats("scales", 1, 1, 2, 2))]);
        return model.ToByteArray();
    }

    private static byte[] NewForms()
    {
        var model = OnnxProto.Model();
        model.OpsetImport[0].Version = 19;
        model.Graph.Input.Add(OnnxProto.Value("image", 1, 4, 4, 4));
        model.Graph.Initializer.Add(new Schema.TensorProto { Name = "two", DataType = 7, Dims = { 2 }, Int64Data = { 2, 3 } });
        model.Graph.Initializer.Add(new Schema.TensorProto { Name = "pads", DataType = 7, Dims = { 4 }, Int64Data = { 1, 1, 0, 2 } });
        model.Graph.Initializer.Add(new Schema.TensorProto { Name = "scales", DataType = 1, Dims = { 2 }, FloatData = { 2, 2 } });
        model.Graph.Initializer.Add(new Schema.TensorProto { Name = "scale", DataType = 1, FloatData = { 0.5f } });
        model.Graph.Initializer.Add(new Schema.TensorProto { Name = "one", DataType = 7, Int64Data = { 1 } });
        model.Graph.Initializer.Add(new Schema.TensorProto { Name = "wrapped", DataType = 7, Dims = { 8 }, Int64Data = { 0, 0, 1, 2, 0, 0, 3, 0 } });
        model.Graph.Initializer.Add(new Schema.TensorProto { Name = "groups", DataType = 1, Dims = { 2 }, FloatData = { 1, 2 } });
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
        model.OpsetImport.Add(new Schema.OperatorSetIdProto { Domain = "own", Version = 1 });
        var slope = new Schema.AttributeProto { Name = "alpha", RefAttrName = "slope", Type = Schema.AttributeProto.Types.AttributeType.Float };
        model.Functions.Add(new Schema.FunctionProto
        {
            Name = "Inner", Domain = "own", Input = { "a" }, Output = { "b" }, Attribute = { "slope" }, OpsetImport = { new Schema.OperatorSetIdProto { Domain = "", Version = 17 } },
            Node = { Node("LeakyRelu", "a", "t", slope), Node("Add", "t a", "b") },
        });
        var call = Node("Inner", "x", "y", Float("slope", 0.5f));
        call.Domain = "own";
        model.Functions.Add(new Schema.FunctionProto { Name = "Outer", Domain = "own", Input = { "x" }, Output = { "y" }, OpsetImport = { new Schema.OperatorSetIdProto { Domain = "own", Version = 1 } }, Node = { call } });
        foreach (var (input, output) in new[] { ("x", "p"), ("p", "q") })
        {
            var node = Node("Outer", input, output);
            node.Domain = "own";
            model.Graph.Node.Add(node);
        }

        return model.ToByteArray();
    }

    private static Schema.NodeProto Node(string type, string inputs, string output, params Schema.AttributeProto[] attributes)
    {
        var node = new Schema.NodeProto { Name = output, OpType = type, Output = { output }, Attribute = { attributes } };
        node.Input.AddRange(inputs.Split(' '));
        return node;
    }

    private static Schema.AttributeProto Text(string name, string value) => new() { Name = name, S = ByteString.CopyFromUtf8(value), Type = Schema.AttributeProto.Types.AttributeType.String };

    private static Schema.AttributeProto Float(string name, float value) => new() { Name = name, F = value, Type = Schema.AttributeProto.Types.AttributeType.Float };

    private static Schema.AttributeProto Floats(string name, params float[] values) => new() { Name = name, Floats = { values }, Type = Schema.AttributeProto.Types.AttributeType.Floats };

    private static Schema.AttributeProto Ints(string name, params long[] values) => new() { Name = name, Ints = { values }, Type = Schema.AttributeProto.Types.AttributeType.Ints };

    // Tensors that are no windows are made when they are first looked at.
    private static void ReadAll(PyTorchFile file) => Assert.All(file.Tensors.Values, static t => Assert.Equal(t.ByteCount, t.Bytes.Length));

    private static byte[] Tensors()
    {
        using var stream = new MemoryStream();
        SafetensorsFile.Write(stream, OnnxSamples.EveryOperator().Initializers.Take(8), new Dictionary<string, string> { ["format"] = "pt" });
        return stream.ToArray();
    }

    /// <summary>A file format: a file that is in order, and how such files are read, beside which others may lie in a folder.</summary>
    private sealed record Format(byte[] Valid, Action<byte[], string> Read, Func<byte[], string, OnnxModel>? Model = null);
}
