using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Toolchain.Export.Tests.Support;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;
using Toolchain.Registry.Cli;

namespace Toolchain.Export.Tests.Exporting;

public sealed partial class OnnxCommandTests : IDisposable
{
    private readonly TestModels _models = new();

    public void Dispose() => _models.Dispose();

    [Fact]
    public async Task An_export_is_proven_and_published()
    {
        var version = _models.Publish();
        var run = await _models.Run("onnx", "resblocks");

        Assert.Equal((ExitCode.Ok, ""), (run.ExitCode, run.Error));
        Golden.Matches("onnx.txt", Measured().Replace(run.Output, "max abs error 0"));
        Assert.Equal(["graph.onnx", "manifest.json", "model.onnx", "probe.safetensors"], TestModels.Files(version));
        var artifact = _models.Registry.Resolve(version.Reference).OpenArtifact("model").Manifest;
        Assert.Equal(("model.onnx", "float32", 17), (artifact.File, artifact.Precision, artifact.Opset));
        Assert.Equal([new TensorSpec("pixels", "uint8", "[N, 28, 28, 1]")], artifact.Inputs);
        Assert.Equal([new TensorSpec("logits", "float32", "[N, 10]"), new TensorSpec("probabilities", "float32", "[N, 10]")], artifact.Outputs);
        Assert.InRange(artifact.Parity!.MaxAbsError, 0, 1e-5);
        Assert.Null(artifact.Accuracy);
    }

    [Fact]
    public async Task With_json_the_result_is_one_line()
    {
        var version = _models.Publish();
        var run = await _models.Run("onnx", "resblocks:1", "--json");
        var result = JsonNode.Parse(Assert.Single(run.Output.TrimEnd('\n').Split('\n')))!;

        Assert.Equal("resblocks:1", (string?)result["model"]);
        Assert.Equal("model.onnx", (string?)result["artifact"]);
        Assert.Equal("FOLDER/models/resblocks/1/model.onnx", (string?)result["path"]);
        Assert.Equal(new FileInfo(Path.Combine(version.Folder, "model.onnx")).Length, (long)result["bytes"]!);
        Assert.Equal(17, (int)result["opset"]!);
        Assert.InRange((double)result["max_abs_error"]!, 0, 1e-5);
        Assert.Equal(10, (int)result["rewrites"]!.AsArray().Single(static r => (string?)r!["name"] == "fold-batch-normalization")!["changes"]!["folded"]!);
        Assert.Null(result["accuracy"]);
    }

    [Fact]
    public async Task Exporting_again_changes_nothing()
    {
        var version = _models.Publish("mlp");
        await _models.Run("onnx", "mlp");
        var first = File.ReadAllBytes(Path.Combine(version.Folder, "manifest.json"));
        var run = await _models.Run("onnx", "mlp");

        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Assert.Equal(first, File.ReadAllBytes(Path.Combine(version.Folder, "manifest.json")));
    }

    [Theory]
    [InlineData("model.tensor.onnx", "--input", "tensor")]
    [InlineData("model.opset13.onnx", "--opset", "13")]
    [InlineData("model.tensor.opset21.onnx", "--input", "tensor", "--opset", "21")]
    [InlineData("mine.onnx", "--name", "mine.onnx")]
    public async Task Other_forms_are_artifacts_of_their_own(string file, params string[] options)
    {
        var version = _models.Publish("mlp");
        await _models.Run("onnx", "mlp");
        var run = await _models.Run(["onnx", "mlp", .. options]);

        Assert.Equal((ExitCode.Ok, ""), (run.ExitCode, run.Error));
        Assert.Equal(["graph", "probe", "model", "model"], _models.Registry.Resolve("mlp").Manifest.Artifacts.Select(static a => a.Kind));
        Assert.Contains(file, TestModels.Files(version));
    }

    [Fact]
    public async Task A_copy_is_the_published_file()
    {
        var version = _models.Publish("mlp");
        File.WriteAllText(_models.Folder["copy.onnx"], "something older");
        var run = await _models.Run("onnx", "mlp", "--output", _models.Folder["copy.onnx"]);

        Assert.EndsWith("copy      FOLDER/copy.onnx\n", run.Output, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(Path.Combine(version.Folder, "model.onnx")), File.ReadAllBytes(_models.Folder["copy.onnx"]));
        Assert.Equal(["copy.onnx"], Directory.EnumerateFiles(_models.Folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task The_file_alone_says_what_it_takes_gives_and_comes_from()
    {
        var version = _models.Publish("mlp", change: static p => p with { Manifest = p.Manifest with { Labels = ["Hose", "Kleid «kurz»", .. TestModels.Labels.Skip(2)] } });
        await _models.Run("onnx", "mlp");
        var model = OnnxFile.Read(Path.Combine(version.Folder, "model.onnx"));
        var metadata = model.Graph.Metadata;

        Assert.Equal(("toolchain", ToolSpec.Current.Version), (model.ProducerName, model.ProducerVersion));
        Assert.Equal(["labels", "lineage", "model", "preprocessing", "task"], metadata.Keys);
        Assert.Equal(version.Manifest.Labels, JsonNode.Parse(metadata["labels"])!.AsArray().Select(static l => (string?)l));
        Assert.Contains("Kleid «kurz»", metadata["labels"], StringComparison.Ordinal);
        Assert.Equal("""{"channels":1,"height":28,"width":28,"mean":[0.286],"std":[0.353]}""", metadata["preprocessing"]);
        Assert.Equal(("classification", "mlp:1"), (metadata["task"], metadata["model"]));
        Assert.Equal(
            $$"""{"network":"mlp","arguments":{"width":"32"},"data":"fashion-mnist","data_content_hash":"4f1a","seed":7,"tool_version":"0.1.0","graph_sha256":"{{version.Manifest.Artifacts[0].Sha256}}"}""",
            metadata["lineage"]);
    }

    [Fact]
    public async Task Accuracy_is_the_share_of_right_images_and_is_recorded()
    {
        var version = _models.Publish("mlp");
        TestData.Write(_models.Folder["data"], version, wrong: 25, images: 100);
        var run = await _models.Run("onnx", "mlp", "--data", $"idx:{_models.Folder["data"]}", "--batch", "32", "--json");
        var result = JsonNode.Parse(run.Output)!;

        Assert.Equal((0.75, 0.9125), ((double)result["accuracy"]!, (double)result["trainer_accuracy"]!));
        Assert.Contains("accuracy  75.00 % on 100 test images, the trainer's is 91.25 %", run.Error, StringComparison.Ordinal);
        Assert.Equal(0.75, _models.Registry.Resolve("mlp").Manifest.Find("model")!.Accuracy);
    }

    [GeneratedRegex(@"max abs error \S+")]
    private static partial Regex Measured();
}
