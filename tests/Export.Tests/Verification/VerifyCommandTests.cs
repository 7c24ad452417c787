using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Toolchain.Export.Tests.Support;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;
using Toolchain.Registry.Cli;

namespace Toolchain.Export.Tests.Verification;

public sealed partial class VerifyCommandTests : IDisposable
{
    private readonly TestModels _models = new();

    public void Dispose() => _models.Dispose();

    [Fact]
    public async Task A_sound_model_passes_every_check()
    {
        _models.Publish();
        await _models.Run("onnx", "resblocks");
        var run = await _models.Run("verify", "resblocks");

        Assert.Equal((ExitCode.Ok, ""), (run.ExitCode, run.Error));
        Golden.Matches("verify.txt", Measured().Replace(run.Output, "0"));
    }

    [Fact]
    public async Task The_json_has_every_check_and_measurement()
    {
        var version = _models.Publish("mlp");
        await _models.Run("onnx", "mlp");
        TestData.Write(_models.Folder["data"], version, wrong: 10, images: 40);
        var run = await _models.Run("verify", "mlp", "--data", $"idx:{_models.Folder["data"]}", "--json");
        var result = JsonNode.Parse(run.Output)!;

        Assert.Equal((ExitCode.Ok, "mlp:1", true), (run.ExitCode, (string?)result["model"], (bool)result["ok"]!));
        Assert.Equal(["graph.onnx", "probe.safetensors", "model.onnx"], result["artifacts"]!.AsArray().Select(static a => (string?)a!["file"]));
        var model = result["artifacts"]![2]!;
        Assert.Equal(["hash", "structure", "labels", "runtime", "warnings", "probe", "batches", "accuracy"], model["checks"]!.AsArray().Select(static c => (string?)c!["name"]));
        Assert.Equal(0.75, (double)model["accuracy"]!);
        Assert.InRange((double)model["max_abs_error"]!, 0, 1e-5);
    }

    [Fact]
    public async Task Logits_that_are_not_the_probes_are_a_mismatch()
    {
        _models.Publish("mlp", change: static p => p with { Logits = RandomData.Floats(p.Logits.Dimensions) });
        var run = await _models.Run("verify", "mlp");

        Assert.Equal(ExitCode.Mismatch, run.ExitCode);
        Assert.Matches(@"probe +FAILED  max abs error \S+ on 8 images, 0.0001 allowed", run.Output);
        Assert.EndsWith("Model mlp:1: 1 of 8 checks failed.\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_file_is_found_and_the_others_are_still_checked()
    {
        var version = _models.Publish("mlp");
        await _models.Run("onnx", "mlp");
        File.AppendAllText(Path.Combine(version.Folder, "model.onnx"), "x");
        var run = await _models.Run("verify", "mlp");

        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.Matches(@"model\.onnx +hash +FAILED", run.Output);
        Assert.Matches(@"graph\.onnx +hash +ok", run.Output);
    }

    [Fact]
    public async Task Damage_counts_more_than_a_mismatch()
    {
        var version = _models.Publish("mlp", change: static p => p with { Logits = RandomData.Floats(p.Logits.Dimensions) });
        File.AppendAllText(Path.Combine(version.Folder, "probe.safetensors"), "x");
        Assert.Equal(ExitCode.BadInput, (await _models.Run("verify", "mlp")).ExitCode);
    }

    [Theory]
    [InlineData("--batch-size", "1")]
    [InlineData("--height", "32", "--width", "40")]
    [InlineData("--width", "dynamic", "--input", "tensor")]
    [InlineData("--output-at", "flatten")]
    public async Task A_variant_is_held_to_what_the_trained_graph_computes(params string[] options)
    {
        _models.Publish("resnet20");
        var exported = await _models.Run(["onnx", "resnet20", .. options]);
        Assert.Equal((ExitCode.Ok, ""), (exported.ExitCode, exported.Error));
        var version = _models.Registry.Resolve("resnet20");
        var sound = version.Manifest.Artifacts[^1];
        Assert.Equal(ArtifactKinds.Variant, sound.Kind);

        // The same file with one weight less, and a manifest that says nothing of it.
        var file = OnnxFile.Read(Path.Combine(version.Folder, sound.File));
        var last = file.Graph.Initializers.Last(static w => w.Value is { Type: ElementType.Float32, Dimensions.Count: > 1 }).Key;
        var other = file.Graph with { Initializers = file.Graph.Initializers.Select((name, data) => name == last ? new TensorData(data.Type, data.Dimensions, new byte[data.ByteCount]) : data) };
        _models.Registry.AddArtifact(version, ArtifactKinds.Variant, "other.onnx", path =>
        {
            OnnxFile.Write(other, path);
            return new() { Precision = sound.Precision, Opset = sound.Opset, Inputs = sound.Inputs, Outputs = sound.Outputs, Parity = sound.Parity };
        });
        var run = await _models.Run("verify", "resnet20", "--json");

        Assert.Equal(ExitCode.Mismatch, run.ExitCode);
        var artifacts = JsonNode.Parse(run.Output)!["artifacts"]!.AsArray();
        Assert.Equal([(sound.File, true), ("other.onnx", false)], artifacts.Skip(2).Select(static a => ((string)a!["file"]!, (bool)a["ok"]!)));
        Assert.InRange((double)artifacts[2]!["max_abs_error"]!, 0, sound.Parity!.Tolerance);
        Assert.True((double)artifacts[3]!["max_abs_error"]! > sound.Parity.Tolerance);
        var check = artifacts[3]!["checks"]!.AsArray().Single(static c => !(bool)c!["ok"]!)!;
        Assert.Equal("probe", (string?)check["name"]);
    }

    [Theory]
    [InlineData("--storage")]
    [InlineData("--compute")]
    [InlineData("--storage", "--input", "tensor")]
    public async Task A_half_model_is_held_to_the_tolerance_of_its_manifest(params string[] options)
    {
        _models.Publish("resnet20");
        var exported = await _models.Run(["half", "resnet20", .. options]);
        Assert.Equal((ExitCode.Ok, ""), (exported.ExitCode, exported.Error));
        var artifact = _models.Registry.Resolve("resnet20").Manifest.Artifacts[^1];

        var run = await _models.Run("verify", "resnet20", "--json");

        Assert.Equal(ExitCode.Ok, run.ExitCode);
        var report = JsonNode.Parse(run.Output)!["artifacts"]!.AsArray()[^1]!;
        Assert.Equal((artifact.File, true), ((string?)report["file"], (bool)report["ok"]!));
        Assert.InRange((double)report["max_abs_error"]!, 1e-7, artifact.Parity!.Tolerance);
        Assert.InRange(artifact.Parity.Tolerance, 1e-2, 1);
    }

    [Fact]
    public async Task A_missing_probe_is_a_fault()
    {
        _models.Publish("mlp", change: static p => p with { Pixels = null });
        var run = await _models.Run("verify", "mlp");

        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.Contains("(no probe)  probe      FAILED  Model mlp:1 has no probe", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_onnx_runtime_refuses_is_a_fault()
    {
        var version = _models.Publish("mlp");
        var foreign = new Sketch().Input("input", ["N", 1, 28, 28]).Node("logits", new Foreign("NoSuchOperator", "my.domain", []), "input").Output("logits", ["N", 10]).Build();
        _models.Registry.AddArtifact(version, ArtifactKinds.Model, "foreign.onnx", path =>
        {
            OnnxFile.Write(foreign, path, new() { Domains = new Dictionary<string, long> { ["my.domain"] = 1 } });
            return new();
        });
        var run = await _models.Run("verify", "mlp", "--json");
        var check = JsonNode.Parse(run.Output)!["artifacts"]![2]!["checks"]!.AsArray()[^1]!;

        Assert.Equal((ExitCode.BadInput, "runtime", false), (run.ExitCode, (string?)check["name"], (bool)check["ok"]!));
        Assert.Contains("NoSuchOperator", (string?)check["detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_onnx_runtime_warns_of_is_a_fault()
    {
        _models.Publish("mlp", change: static p => p with { Graph = p.Graph! with { Initializers = new(p.Graph.Initializers.Append(new("spare", TensorData.Of<float>([1, 2, 3])))) } });
        var run = await _models.Run("verify", "mlp");

        Assert.Equal((ExitCode.BadInput, ""), (run.ExitCode, run.Error));
        Assert.Matches("warnings +FAILED  ONNX Runtime warns: .*spare", run.Output);
    }

    [GeneratedRegex(@"(?<=max abs error )\S+|(?<=differ by )[^\s,]+|(?<=SHA-256 )\w+")]
    private static partial Regex Measured();
}
