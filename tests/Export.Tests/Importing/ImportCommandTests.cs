using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Toolchain.Export.Tests.Support;
using Toolchain.Graphs.Onnx;
using Toolchain.Graphs.Onnx.Schema;
using Toolchain.Registry;
using Toolchain.Registry.Cli;

namespace Toolchain.Export.Tests.Importing;

public sealed class ImportCommandTests : IDisposable
{
    private readonly TestModels _models = new();

    public static TheoryData<string> Fixtures => [.. Directory.EnumerateFiles(FixtureFolder(), "*.onnx").Select(static p => Path.GetFileNameWithoutExtension(p)).Order(StringComparer.Ordinal)];

    public void Dispose() => _models.Dispose();

    [Theory]
    [MemberData(nameof(Fixtures))]
    public async Task A_file_of_PyTorchs_exporter_is_imported_exported_and_verified(string name)
    {
        string[] task = name == "unet" ? ["--task", "segmentation"] : [];
        var import = await _models.Run(["import", Path.Combine(FixtureFolder(), $"{name}.onnx"), "--name", name, "--mean", "0.485", "--std", "0.229", "--json", .. task]);

        Assert.Equal((ExitCode.Ok, ""), (import.ExitCode, string.Join('\n', import.Error.Split('\n').Where(static l => l.StartsWith("export:", StringComparison.Ordinal)))));
        var result = JsonNode.Parse(import.Output)!;
        Assert.Equal("[]", result["foreign_operators"]!.ToJsonString());
        Assert.Equal(17, (int)result["graph_opset"]!);
        Assert.Equal("[]", result["warnings"]!.ToJsonString());
        Assert.Equal(ExitCode.Ok, (await _models.Run("onnx", name)).ExitCode);
        var verify = await _models.Run("verify", name);
        Assert.True(verify.ExitCode == ExitCode.Ok, verify.Output);
        Assert.Equal((ExitCode.Ok, ""), await Inspected(name));
    }

    [Fact]
    public async Task An_import_says_what_it_found_and_did()
    {
        Classifier().Metadata("labels", """["cat","dog","bird"]""").Write(_models.Folder["pets.onnx"]);
        var run = await _models.Run("import", _models.Folder["pets.onnx"], "--name", "pets");

        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Golden.Matches("import.txt", run.Output);
        Assert.Equal("warning: the file does not say how its pixels are normalised; 0..1 is assumed. Say it with --input-range, --mean and --std.\n", run.Error);
        var version = _models.Registry.Resolve("pets");
        Assert.Equal(["cat", "dog", "bird"], version.Manifest.Labels);
        Assert.Equal(("pets.onnx", "elsewhere", "classification"), (version.Manifest.Import!.File, version.Manifest.Import.Producer, version.Manifest.Task));
        Assert.Equal(["graph.onnx", "manifest.json", "probe.safetensors"], TestModels.Files(version));
        var graph = OnnxFile.Read(Path.Combine(version.Folder, "graph.onnx")).Graph;
        Assert.Equal(["conv.bn/Conv", "conv.relu/Relu", "pool/GlobalAveragePool", "y/Flatten"], graph.Nodes.Select(static n => n.Name));
        Assert.Equal(["conv.weight"], graph.Initializers.Keys);
    }

    [Fact]
    public async Task Channels_at_the_end_come_first_afterwards()
    {
        // As tf2onnx writes a Keras model: the layout is changed at once, names have colons and slashes, the classes are a sigmoid's.
        new ForeignFile(13).Input("input_1:0", "unk__1", 8, 8, 3).Weight("conv/kernel:0", 4, 3, 3, 3).Weight("dense/kernel:0", 4, 1).Ints("axes", 2, 3)
            .Node("Transpose", "input_1:0", "model/conv/nchw:0", ("perm", (int[])[0, 3, 1, 2])).Node("Conv", "model/conv/nchw:0 conv/kernel:0", "model/conv:0", ("auto_pad", "SAME_UPPER"), ("strides", (int[])[2, 2]))
            .Node("GlobalAveragePool", "model/conv:0", "model/pool:0").Node("Squeeze", "model/pool:0 axes", "model/flat:0").Node("MatMul", "model/flat:0 dense/kernel:0", "model/dense:0")
            .Node("Sigmoid", "model/dense:0", "Identity:0").Output("Identity:0", "unk__1", 1).Write(_models.Folder["keras.onnx"]);
        var run = await _models.Run("import", _models.Folder["keras.onnx"], "--name", "keras", "--input-range", "-1..1", "--labels", "cat, dog", "--json");

        Assert.Equal(ExitCode.Ok, run.ExitCode);
        var result = JsonNode.Parse(run.Output)!;
        Assert.Equal(("nhwc", "3x8x8", "[0.5,0.5,0.5]", "[0.5,0.5,0.5]", "Identity:0"), ((string)result["layout"]!, (string)result["input"]!, result["mean"]!.ToJsonString(), result["std"]!.ToJsonString(), (string)result["output"]!));
        var version = _models.Registry.Resolve("keras");
        Assert.Equal(["cat", "dog"], version.Manifest.Labels);
        Assert.Equal("input float32 [N, 3, 8, 8]", Text(version.Manifest.Artifacts[0].Inputs));
        Assert.Equal(ExitCode.Ok, (await _models.Run("onnx", "keras")).ExitCode);
        Assert.Equal("probabilities float32 [N, 2]", Text([_models.Registry.Resolve("keras").Manifest.Find("model.onnx")!.Outputs[1]]));
    }

    [Fact]
    public async Task A_file_of_the_model_zoo_gets_a_variable_batch_and_its_classes_in_a_row()
    {
        // Caffe2's habits: a batch of one, initializers among the inputs, a mask that nobody reads, classes as an image of one pixel.
        new ForeignFile(8).Input("data", 1, 3, 8, 8).Input("w", 6, 3, 3, 3).Weight("w", 6, 3, 3, 3).Weight("b", 6).Ints("shape", 1, 6).Weight("fc", 6, 6)
            .Node("Conv", "data w b", "c", ("pads", (int[])[1, 1, 1, 1])).Node("Dropout", "c", "d mask", ("ratio", 0.5f)).Node("GlobalAveragePool", "d", "p")
            .Node("Reshape", "p shape", "flat").Node("MatMul", "flat fc", "m").Node("Unsqueeze", "m", "u", ("axes", (int[])[2, 3])).Node("Softmax", "u", "prob").Output("prob", 1, 6, 1, 1)
            .Write(_models.Folder["zoo.onnx"]);
        var run = await _models.Run("import", _models.Folder["zoo.onnx"], "--name", "zoo", "--channels-order", "bgr", "--input-range", "0..255", "--mean", "104,117,123", "--json");

        Assert.Equal(ExitCode.Ok, run.ExitCode);
        var version = _models.Registry.Resolve("zoo");
        Assert.Equal("output.flatten float32 [N, 6]", Text(version.Manifest.Artifacts[0].Outputs));
        Assert.Equal(104 / 255f, version.Manifest.Preprocessing.Mean[0], 1e-6f);
        Assert.Equal(1 / 255f, version.Manifest.Preprocessing.Std[0], 1e-8f);
        Assert.Equal(["0", "1", "2", "3", "4", "5"], version.Manifest.Labels);
        Assert.Contains("Softmax", (string)JsonNode.Parse(run.Output)!["removed"]!, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, (await _models.Run("verify", "zoo")).ExitCode);
    }

    [Fact]
    public async Task Bytes_stay_bytes()
    {
        new ForeignFile(12).Input("image", ElementType.UInt8, "N", 5, 5, 3).Weight("w", 4, 3, 3, 3).Node("Transpose", "image", "t", ("perm", (int[])[0, 3, 1, 2])).Node("Cast", "t", "f", ("to", 1))
            .Node("Conv", "f w", "c").Node("ReduceMean", "c", "y", ("axes", (int[])[2, 3]), ("keepdims", 0)).Output("y", "N", 4).Write(_models.Folder["bytes.onnx"]);

        Assert.Equal(ExitCode.Ok, (await _models.Run("import", _models.Folder["bytes.onnx"], "--name", "bytes")).ExitCode);
        Assert.Equal(ExitCode.Ok, (await _models.Run("verify", "bytes")).ExitCode);
        Assert.Equal(1 / 255f, _models.Registry.Resolve("bytes").Manifest.Preprocessing.Std[2], 1e-8f);
    }

    [Theory]
    [InlineData(ElementType.Float16, 10)]
    [InlineData(ElementType.Float64, 11)]
    public async Task Other_floats_are_converted_at_the_borders(ElementType type, int number)
    {
        var file = new ForeignFile(13).Input("x", type, "N", 3, 4, 4).Node("ReduceMean", "x", "m", ("axes", (int[])[2, 3]), ("keepdims", 0)).Node("Softmax", "m", "y").Output("y", "N", 3);
        file.Model.Graph.Output[0].Type.TensorType.ElemType = number;
        file.Write(_models.Folder["f.onnx"]);

        Assert.Equal(ExitCode.Ok, (await _models.Run("import", _models.Folder["f.onnx"], "--name", "f")).ExitCode);
        Assert.Equal("input float32 [N, 3, 4, 4]", Text(_models.Registry.Resolve("f").Manifest.Artifacts[0].Inputs));
        Assert.Equal((ExitCode.Ok, ExitCode.Ok), ((await _models.Run("onnx", "f")).ExitCode, (await _models.Run("verify", "f")).ExitCode));
    }

    [Theory]
    [InlineData("graph divides by 255", 255f, 0f, "the graph normalises by itself", 1 / 255f)]
    [InlineData("graph subtracts means of bytes", 1f, 120f, "the graph normalises by itself", 1 / 255f)]
    [InlineData("graph normalises 0..1", 0.23f, 0.48f, "the graph normalises by itself", 1f)]
    public async Task Normalisation_inside_the_graph_is_seen(string name, float divisor, float mean, string known, float std)
    {
        new ForeignFile(17).Input("x", "N", 3, 4, 4).Weight("mean", TensorData.Of<float>([mean, mean, mean], 1, 3, 1, 1)).Weight("std", TensorData.Scalar(divisor)).Weight("w", 2, 3, 3, 3)
            .Node("Sub", "x mean", "s").Node("Div", "s std", "d").Node("Conv", "d w", "c").Node("GlobalAveragePool", "c", "p").Node("Flatten", "p", "y").Output("y", "N", 2).Write(_models.Folder["in.onnx"]);
        var result = JsonNode.Parse((await _models.Run("import", _models.Folder["in.onnx"], "--name", "in", "--json")).Output)!;

        Assert.True((string?)result["normalisation"] == known, name);
        Assert.Equal(std, (float)result["std"]![0]!, 1e-6f);
    }

    [Fact]
    public async Task Probabilities_without_a_softmax_become_their_logarithms()
    {
        new ForeignFile(13).Input("x", "N", 4).Weight("w", 4, 3).Ints("axes", 1).Node("MatMul", "x w", "m").Node("Exp", "m", "e").Node("ReduceSum", "e axes", "s").Node("Div", "e s", "y").Output("y", "N", 3)
            .Write(_models.Folder["p.onnx"]);
        var run = await _models.Run("import", _models.Folder["p.onnx"], "--name", "p", "--json");

        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Assert.Equal("output.log", (string)JsonNode.Parse(run.Output)!["output"]!);
        Assert.Equal(SampleKind.Numbers, _models.Registry.Resolve("p").Manifest.Preprocessing.Samples);
        Assert.Equal((ExitCode.Ok, ExitCode.Ok), ((await _models.Run("onnx", "p")).ExitCode, (await _models.Run("verify", "p")).ExitCode));
    }

    [Fact]
    public async Task Unknown_operators_are_served_and_named()
    {
        var file = Classifier();
        file.Model.Graph.Node[1].OpType = "ThresholdedRelu";
        file.Model.OpsetImport.Add(new OperatorSetIdProto { Domain = "com.microsoft", Version = 1 });
        file.Node("Gelu", "y", "z");
        (file.Model.Graph.Node[^1].Domain, file.Model.Graph.Output[0].Name) = ("com.microsoft", "z");
        file.Write(_models.Folder["odd.onnx"]);
        var run = await _models.Run("import", _models.Folder["odd.onnx"], "--name", "odd", "--input-range", "0..1");

        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Assert.Equal("warning: the model can be served but not trained: the trainer does not know ThresholdedRelu, com.microsoft.Gelu.\n", run.Error);
        Assert.Equal((ExitCode.Ok, ExitCode.Ok), ((await _models.Run("onnx", "odd")).ExitCode, (await _models.Run("verify", "odd")).ExitCode));
    }

    [Fact]
    public async Task Weights_in_another_file_come_along()
    {
        var file = Classifier();
        File.WriteAllBytes(_models.Folder["weights.bin"], file.Model.Graph.Initializer[0].RawData.ToByteArray());
        External(file, "weights.bin").Write(_models.Folder["m.onnx"]);

        Assert.Equal(ExitCode.Ok, (await _models.Run("import", _models.Folder["m.onnx"], "--name", "m")).ExitCode);
        File.Delete(_models.Folder["weights.bin"]);
        Assert.Equal(ExitCode.Ok, (await _models.Run("verify", "m")).ExitCode);
    }

    [Theory]
    [InlineData("truncated", "at byte ")]
    [InlineData("cyclic", "it reads 'y', which only graph.node[3] makes. Nodes must be in topological order")]
    [InlineData("twice", "graph.node[1] Relu 'conv.relu/Relu': it makes 'conv.bn', which exists already")]
    [InlineData("types", "of one type, found float32 and float16|which cannot be broadcast together|must have one element type|Type Error|different types")]
    [InlineData("huge", "one tensor may have at most 2147483647")]
    [InlineData("swollen", "ConstantOfShape node 'big/ConstantOfShape': its output 'big' is float32 [1, 2147483648], more than the 2147483647 bytes that one value may have")]
    [InlineData("wide", "the dimensions [N, 3, 2147483647, 2147483647] are too large|Input 'x' is float32")]
    [InlineData("many", "Input 'x' is float32 [2000000000, 3, 6, 6], too large")]
    [InlineData("short", "expected 324 bytes for float32 [3, 3, 3, 3], found 4")]
    [InlineData("outside", "is not a plain relative path inside the model's folder")]
    [InlineData("linked", "leads out of the model's folder through a symbolic link")]
    [InlineData("future", "the model is of opset 27; opsets 7 to 26 can be read")]
    [InlineData("text", "is not an ONNX model|at byte ")]
    [InlineData("missing", "no such file|does not exist|not found")]
    [InlineData("untranslated", "cannot translate from opset 11")]
    [InlineData("shape", "gives [8, 3, 4, 4], and a classification model gives [N, classes]")]
    [InlineData("multilabel", "an independent probability for each of 3 classes")]
    [InlineData("two inputs", "expected one input, found 2")]
    public async Task A_file_that_cannot_be_imported_is_refused_and_nothing_is_published(string damage, string message)
    {
        var path = Damaged(damage);
        var run = await _models.Run("import", path, "--name", "bad");

        Assert.Equal((ExitCode.BadInput, ""), (run.ExitCode, run.Output));
        Assert.True(message.Split('|').Any(part => run.Error.Contains(part, StringComparison.Ordinal)), run.Error);
        Assert.Contains(Path.GetFileName(path), run.Error, StringComparison.Ordinal);
        Assert.Empty(_models.Registry.List());
        Assert.False(Directory.Exists(Path.Combine(_models.Root, "bad")) && Directory.EnumerateFileSystemEntries(Path.Combine(_models.Root, "bad")).Any());
    }

    [Theory]
    [InlineData("it takes numbers with commas", "--mean", "a,b")]
    [InlineData("--mean has 2 numbers, but input 'x' has 3 channels", "--mean", "0.1,0.2")]
    [InlineData("--std must be above 0", "--std", "0")]
    [InlineData("--input 1x6x6 says 1 channels", "--input", "1x6x6")]
    [InlineData("it takes channels, height and width", "--input", "6x6")]
    [InlineData("has no output 'z'", "--output", "z")]
    [InlineData("Model name", "--name", "Not A Name")]
    public async Task A_mistake_on_the_command_line_is_named(string message, params string[] options)
    {
        Classifier().Write(_models.Folder["m.onnx"]);
        string[] name = options[0] == "--name" ? [] : ["--name", "m"];
        var run = await _models.Run(["import", _models.Folder["m.onnx"], .. name, .. options]);

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.Empty(_models.Registry.List());
    }

    [Fact]
    public async Task Labels_are_as_many_as_classes()
    {
        Classifier().Metadata("names", "{0: 'tench', 1: \"cat's\", 2: 'dog'}").Write(_models.Folder["m.onnx"]);
        var wrong = await _models.Run("import", _models.Folder["m.onnx"], "--name", "m", "--labels", "a,b");
        await _models.Run("import", _models.Folder["m.onnx"], "--name", "m");
        File.WriteAllLines(_models.Folder["labels.txt"], ["x", "y", "z", ""]);
        await _models.Run("import", _models.Folder["m.onnx"], "--name", "other", "--labels", _models.Folder["labels.txt"]);

        Assert.Equal(ExitCode.BadInput, wrong.ExitCode);
        Assert.Contains("--labels has 2 labels, and 'FOLDER/m.onnx' has 3 classes.", wrong.Error, StringComparison.Ordinal);
        Assert.Equal(["tench", "cat's", "dog"], _models.Registry.Resolve("m").Manifest.Labels);
        Assert.Equal(["x", "y", "z"], _models.Registry.Resolve("other").Manifest.Labels);
    }

    [Fact]
    public async Task An_open_size_is_asked_for()
    {
        var file = Classifier();
        file.Model.Graph.Input[0] = ForeignFile.Value("x", ElementType.Float32, "N", 3, "height", "width");
        file.Write(_models.Folder["m.onnx"]);
        var open = await _models.Run("import", _models.Folder["m.onnx"], "--name", "m");

        Assert.Equal(ExitCode.Usage, open.ExitCode);
        Assert.Contains("leaves the height of its input 'x' float32 [N, 3, height, width] open. Say it with --input CxHxW.", open.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, (await _models.Run("import", _models.Folder["m.onnx"], "--name", "m", "--input", "3x7x9")).ExitCode);
        Assert.Equal((7, 9), (_models.Registry.Resolve("m").Manifest.Preprocessing.Height, _models.Registry.Resolve("m").Manifest.Preprocessing.Width));
    }

    [Fact]
    public async Task What_this_toolchain_exported_keeps_its_normalisation_and_labels()
    {
        var version = _models.Publish("mlp");
        await _models.Run("onnx", "mlp", "--input", "tensor");
        var run = await _models.Run("import", Path.Combine(version.Folder, "model.tensor.onnx"), "--name", "again");

        Assert.Equal(ExitCode.Ok, run.ExitCode);
        var again = _models.Registry.Resolve("again").Manifest;
        Assert.Equal(version.Manifest.Preprocessing, again.Preprocessing);
        Assert.Equal(version.Manifest.Labels, again.Labels);
    }

    // The file itself and what was made of it can be drawn and compared.
    private async Task<(ExitCode ExitCode, string Error)> Inspected(string name)
    {
        var file = Path.Combine(FixtureFolder(), $"{name}.onnx");
        var drawn = await _models.Run("inspect", file, "--svg", _models.Folder["net.svg"]);
        var compared = await _models.Run("inspect", name, "--diff", file);
        return (drawn.ExitCode == ExitCode.Ok ? compared.ExitCode : drawn.ExitCode, drawn.Error + compared.Error);
    }

    private string Damaged(string damage)
    {
        var file = Classifier();
        var (graph, weight) = (file.Model.Graph, file.Model.Graph.Initializer[0]);
        var path = _models.Folder[$"{damage.Replace(' ', '-')}.onnx"];
        switch (damage)
        {
            case "truncated":
                File.WriteAllBytes(path, file.Model.ToByteArray()[..^200]);
                return path;
            case "cyclic":
                graph.Node[0].Input[0] = "y";
                break;
            case "twice":
                graph.Node[1].Output[0] = "conv.bn";
                break;
            case "types":
                (weight.DataType, weight.RawData) = ((int)ElementType.Float16, ByteString.CopyFrom(new byte[162]));
                break;
            case "huge":
                weight.Dims[0] = int.MaxValue;
                break;
            case "wide":
                graph.Input[0] = ForeignFile.Value("x", ElementType.Float32, "N", 3, int.MaxValue, int.MaxValue);
                break;
            case "many":
                graph.Input[0] = ForeignFile.Value("x", ElementType.Float32, 2_000_000_000, 3, 6, 6);
                break;
            case "swollen":
                file.Weight("size", TensorData.Of<long>([1, 1L << 31])).Node("ConstantOfShape", "size", "big").Node("ReduceMean", "big", "mean", ("keepdims", 0)).Node("Add", "y mean", "z");
                graph.Output[0].Name = "z";
                break;
            case "short":
                weight.RawData = ByteString.CopyFrom(new byte[4]);
                break;
            case "outside":
                External(file, "../weights.bin");
                break;
            case "linked":
                File.CreateSymbolicLink(_models.Folder["weights.bin"], "/etc/hostname");
                External(file, "weights.bin");
                break;
            case "future":
                file.Model.OpsetImport[0].Version = 27;
                break;
            case "text":
                File.WriteAllText(path, "<html>not found</html>");
                return path;
            case "missing":
                return path;
            case "untranslated":
                file.Model.OpsetImport[0].Version = 11;
                graph.Node[1].OpType = "SequenceConstruct";
                graph.Node.Insert(2, ForeignFile.NodeOf("ConcatFromSequence", "conv.relu", "joined", ("axis", 0)));
                graph.Node[3].Input[0] = "joined";
                break;
            case "shape":
                graph.Output[0] = ForeignFile.Value("conv.relu", ElementType.Float32, "N", 3, 4, 4);
                break;
            case "multilabel":
                file.Node("Sigmoid", "y", "p");
                graph.Output[0] = ForeignFile.Value("p", ElementType.Float32, "N", 3);
                break;
            case "two inputs":
                file.Input("second", "N", 3);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(damage), damage, "No such damage.");
        }

        return file.Write(path);
    }

    private static ForeignFile External(ForeignFile file, string location)
    {
        var weight = file.Model.Graph.Initializer[0];
        weight.ClearRawData();
        weight.DataLocation = TensorProto.Types.DataLocation.External;
        weight.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = location });
        return file;
    }

    private static ForeignFile Classifier() => new ForeignFile(11)
        .Input("x", "N", 3, 6, 6).Weight("conv.weight", 3, 3, 3, 3)
        .Node("Conv", "x conv.weight", "conv.bn").Node("Relu", "conv.bn", "conv.relu").Node("GlobalAveragePool", "conv.relu", "pool").Node("Flatten", "pool", "y").Output("y", "N", 3);

    private static string Text(IEnumerable<TensorSpec> tensors) => string.Join(", ", tensors.Select(static t => $"{t.Name} {t.Type} {t.Shape}"));

    private static string FixtureFolder([CallerFilePath] string source = "") => Path.Combine(Path.GetDirectoryName(source)!, "Fixtures");
}
