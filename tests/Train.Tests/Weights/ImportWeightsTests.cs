using System.Security.Cryptography;
using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Graphs.PyTorch;
using Toolchain.Graphs.Safetensors;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Train.Tests.Support;
using TorchSharp;

namespace Toolchain.Train.Tests.Weights;

/// <summary><c>train import-weights</c> on files that PyTorch wrote.</summary>
public sealed class ImportWeightsTests
{
    private readonly Workplace _work = new();

    [Theory]
    [InlineData("resblocks.pth", "resblocks", 1e-5)]
    [InlineData("resblocks-parallel.pth", "resblocks", 1e-5)]
    [InlineData("resblocks-shared.pth", "resblocks-shared", 1e-5, "--set", "shared=true")]
    [InlineData("resblocks-half.pth", "resblocks", 1e-2)]
    public async Task A_network_with_imported_weights_computes_what_PyTorch_computed(string file, string expected, double tolerance, params string[] more)
    {
        var run = await Import(file, "3", more);
        Assert.Equal((ExitCode.Ok, ""), (run.ExitCode, run.Error));
        var values = SafetensorsFile.Read(Fixture.Path($"{expected}.expected.safetensors")).Tensors;
        Tolerance.Holds(tolerance, values["logits"], Runners.Torch(Published(), values["images"]));
    }

    [Fact]
    public async Task The_version_has_the_weights_bit_by_bit_and_says_where_they_came_from()
    {
        var run = await Import("resblocks.pth", "3", "--json");
        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Assert.Equal(
            ["model", "loaded", "missing", "unexpected", "mismatched", "ignored", "tied", "converted", "stripped_prefix", "entry"], run.Result.AsObject().Select(static p => p.Key));
        Assert.Equal(("imported:1", 16, 2), ((string)run.Result["model"]!, run.Result["loaded"]!.AsArray().Count, run.Result["ignored"]!.AsArray().Count));

        var weights = PyTorchFile.Read(Fixture.Path("resblocks.pth")).Tensors;
        var graph = Published();
        Assert.Equal(16, graph.Initializers.Count);
        Assert.All(graph.Initializers, p => Assert.True(p.Value.ContentEquals(weights[p.Key]), p.Key));

        var manifest = _work.Registry.Resolve("imported").Manifest;
        Assert.Equal(("resblocks", "4", "classification"), (manifest.Network!.Name, manifest.Network.Arguments["width"], manifest.Task));
        Assert.Equal(new ImportSpec("resblocks.pth", Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Fixture.Path("resblocks.pth")))), "PyTorch (zip format)"), manifest.Import);
        Assert.Equal(new Preprocessing(1, 16, 16, [0], [1]), manifest.Preprocessing);
        Assert.Empty(manifest.Labels);
        Assert.Null(manifest.Training);
        var artifact = manifest.Find(ArtifactKinds.Graph)!;
        Assert.Equal("float32 17 input float32 [N, 1, 16, 16] logits float32 [N, 3]", $"{artifact.Precision} {artifact.Opset} {string.Join(' ', artifact.Inputs.Concat(artifact.Outputs).Select(static t => $"{t.Name} {t.Type} {t.Shape}"))}");
    }

    [Fact]
    public async Task The_probe_holds_what_ONNX_Runtime_computes_too()
    {
        File.WriteAllText(_work.PathOf("labels.txt"), "ankle boot\nshirt\nbag\n");
        Assert.Equal(ExitCode.Ok, (await Import("resblocks.pth", "3", "--mean", "0.25", "--std", "0.5", "--labels", _work.PathOf("labels.txt"))).ExitCode);
        var version = _work.Registry.Resolve("imported");
        Assert.Equal(["ankle boot", "shirt", "bag"], version.Manifest.Labels);
        Assert.Equal(new Preprocessing(1, 16, 16, [0.25f], [0.5f]), version.Manifest.Preprocessing);
        var probe = Probe.Open(version);
        Assert.Equal((8, 3), (probe.Images, probe.Outputs));
        Assert.InRange(probe.Pixels.Values<byte>().ToArray().Distinct().Count(), 200, 256);
        var values = new float[probe.Pixels.ElementCount];
        version.Manifest.Preprocessing.Normalise(probe.Pixels.Values<byte>(), values);
        Tolerance.Holds(Tolerance.Network, probe.Logits, Runners.OnnxRuntime(Published(), TensorData.Of<float>(values, 8, 1, 16, 16)));
    }

    [Fact]
    public async Task What_was_done_is_told()
    {
        Assert.Equal(
            $"""
            {Fixture.Path("resblocks-parallel.pth")}: 18 weights in entry 'model_state_dict', 1 other entries left alone
            loaded: 16 of 16 weights
            ignored: 2 (resblocks.0.batch_norm.num_batches_tracked, resblocks.1.batch_norm.num_batches_tracked)
            prefix: 'module.' stripped from every name
            published imported:1

            """,
            (await Import("resblocks-parallel.pth", "3")).Output);
        Assert.Contains("\nconverted: 16 from float16 to float32\n", (await Import("resblocks-half.pth", "3")).Output, StringComparison.Ordinal);
        Assert.Contains("\ntied: 5 (resblocks.1.conv.weight, ", (await Import("resblocks-shared.pth", "3", "--set", "shared=true")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Weights_that_do_not_fit_are_an_error_unless_it_is_lenient()
    {
        var strict = await Import("resblocks.pth", "5");
        Assert.Equal(ExitCode.BadInput, strict.ExitCode);
        Assert.Contains("  mismatched: fc2.weight: expected float32 [5, 32], found float32 [3, 32]\n  mismatched: fc2.bias: expected float32 [5], found float32 [3]\n", strict.Error, StringComparison.Ordinal);
        Assert.Contains("load only what fits with --lenient.", strict.Error, StringComparison.Ordinal);
        Assert.Empty(_work.Published);

        var lenient = await Import("resblocks.pth", "5", "--lenient", "--json");
        Assert.Equal((ExitCode.Ok, 14), (lenient.ExitCode, lenient.Result["loaded"]!.AsArray().Count));
        Assert.Equal("""[{"name":"fc2.weight","expected":"float32 [5, 32]","found":"float32 [3, 32]"},{"name":"fc2.bias","expected":"float32 [5]","found":"float32 [3]"}]""", lenient.Result["mismatched"]!.ToJsonString());
        Assert.Contains("warning: 2 weights of imported:1 have random first values; train it before it is used.\n", lenient.Error, StringComparison.Ordinal);
        Assert.Equal([5L, 32], Published().Initializers["fc2.weight"].Dimensions);
    }

    [Fact]
    public async Task A_damaged_or_hostile_file_is_bad_input_and_nothing_is_published()
    {
        var path = _work.PathOf("cut.pth");
        File.WriteAllBytes(path, File.ReadAllBytes(Fixture.Path("resblocks.pth"))[..^30]);
        var cut = await Call(path, "3");
        Assert.Equal(ExitCode.BadInput, cut.ExitCode);
        Assert.StartsWith("train: Cannot read 'ROOT/cut.pth': the archive has no end record; the file is cut off", cut.Error, StringComparison.Ordinal);

        File.WriteAllBytes(path, [0x80, 2, .. "cos\nsystem\n(U\u0002idtR."u8]);
        var hostile = await Call(path, "3");
        Assert.Equal(ExitCode.BadInput, hostile.ExitCode);
        Assert.StartsWith("train: Cannot read 'ROOT/cut.pth': it asks for 'os.system', which is not part of a state dict; nothing of it was executed.", hostile.Error, StringComparison.Ordinal);
        Assert.Empty(_work.Published);
    }

    [Fact]
    public async Task Weights_that_give_no_numbers_are_not_published()
    {
        var weights = PyTorchFile.Read(Fixture.Path("resblocks.pth")).Tensors;
        PyTorchFile.Write(_work.PathOf("nan.pth"), weights.Select(static (name, data) => name == "fc2.bias" ? TensorData.Of<float>([0, float.NaN, 0]) : data));
        var run = await Call(_work.PathOf("nan.pth"), "3");
        Assert.Equal((ExitCode.CheckFailed, "train: Network 'resblocks' computes NaN with the weights in 'ROOT/nan.pth' instead of a number; they were damaged or diverged in training. Nothing was published.\n"), (run.ExitCode, run.Error));
        Assert.Empty(_work.Published);
    }

    [Theory]
    [InlineData(ExitCode.Usage, "--mean has 3 numbers, but images of 1x16x16 have 1 channels.", "--mean", "0.1,0.2,0.3")]
    [InlineData(ExitCode.Usage, "--std must be above 0 for every channel.", "--std", "0")]
    [InlineData(ExitCode.Usage, "--mean is 'much'; it takes numbers with commas between them, one per channel.", "--mean", "much")]
    [InlineData(ExitCode.BadInput, "Cannot read labels from 'ROOT/none.txt': there is no such file.", "--labels", "ROOT/none.txt")]
    [InlineData(ExitCode.BadInput, "'ROOT/two.txt' has 2 lines, but --classes says 3.", "--labels", "ROOT/two.txt")]
    [InlineData(ExitCode.BadInput, "'ROOT/four.txt' has more lines, but --classes says 3.", "--labels", "ROOT/four.txt")]
    [InlineData(ExitCode.BadInput, "Line 2 of 'ROOT/empty.txt' is empty;", "--labels", "ROOT/empty.txt")]
    [InlineData(ExitCode.Usage, "Network 'resblocks': 'size' is not one of its arguments", "--set", "size=small")]
    public async Task A_mistake_on_the_command_line_is_told(ExitCode exitCode, string message, params string[] args)
    {
        File.WriteAllText(_work.PathOf("two.txt"), "a\nb\n");
        File.WriteAllText(_work.PathOf("four.txt"), "a\nb\nc\nd\n");
        File.WriteAllText(_work.PathOf("empty.txt"), "a\n\nc\n");
        var run = await Import("resblocks.pth", "3", [.. args.Select(a => a.StartsWith("ROOT/", StringComparison.Ordinal) ? _work.PathOf(a[5..]) : a)]);
        Assert.Equal(exitCode, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.Empty(_work.Published);
    }

    [Fact]
    public async Task Everything_that_decides_the_graph_must_be_said()
    {
        var run = await _work.CallAsync("import-weights", Fixture.Path("resblocks.pth"));
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.All((string[])["--network", "--input", "--classes", "--name"], option => Assert.Contains(option, run.Error, StringComparison.Ordinal));
        var unknown = await _work.CallAsync(["import-weights", "weights.h5", .. Fixture.Network, "--classes", "3", "--name", "imported"]);
        Assert.Equal((ExitCode.Usage, "train: 'weights.h5' does not have the extension of a file of weights. Known are .safetensors, .pth, .pt, .bin.\n"), (unknown.ExitCode, unknown.Error));
        var name = await _work.CallAsync(["import-weights", Fixture.Path("resblocks.pth"), .. Fixture.Network, "--classes", "3", "--name", "mine:2"]);
        Assert.Equal(ExitCode.Usage, name.ExitCode);
        Assert.Contains("Model name 'mine:2' is not allowed.", name.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_import_leaves_no_tensor()
    {
        await Import("resblocks.pth", "3");
        var before = torch.Tensor.TotalCount;
        await Import("resblocks.pth", "3");
        Assert.Equal(before, torch.Tensor.TotalCount);
    }

    private Graph Published() => OnnxFile.Read(_work.Registry.Resolve("imported").OpenArtifact(ArtifactKinds.Graph).Path).Graph;

    private Task<Answer> Import(string file, string classes, params string[] more) => Call(Fixture.Path(file), classes, more);

    private Task<Answer> Call(string path, string classes, params string[] more) =>
        _work.CallAsync(["import-weights", path, .. Fixture.Network, "--classes", classes, "--name", "imported", .. more]);
}
