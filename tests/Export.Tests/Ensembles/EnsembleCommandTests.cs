using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Toolchain.Export.Tests.Support;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;
using Toolchain.Registry.Cli;

namespace Toolchain.Export.Tests.Ensembles;

public sealed partial class EnsembleCommandTests : IDisposable
{
    private readonly TestModels _models = new();

    public void Dispose() => _models.Dispose();

    [Fact]
    public async Task An_ensemble_is_proven_published_and_a_model_like_any_other()
    {
        PublishPair();
        var run = await _models.Run("ensemble", "a", "b", "--name", "pair", "--weights", "3,1", "--members");

        Assert.Equal((ExitCode.Ok, ""), (run.ExitCode, run.Error));
        Golden.Matches("ensemble.txt", Measured().Replace(run.Output, "max abs error 0"));
        var version = _models.Registry.Resolve("pair");
        Assert.Equal(["graph.onnx", "manifest.json", "model.onnx", "probe.safetensors"], TestModels.Files(version));
        Assert.Equal(["graph", "probe", "model"], version.Manifest.Artifacts.Select(static a => a.Kind));
        Assert.Equal(
            [
                new("pixels", "uint8", "[N, 28, 28, 1]"), new("logits", "float32", "[N, 10]"), new("probabilities", "float32", "[N, 10]"),
                new("disagreement", "float32", "[N]"), new TensorSpec("members", "float32", "[N, 2, 10]"),
            ],
            [.. version.Manifest.Find("model")!.Inputs, .. version.Manifest.Find("model")!.Outputs]);
        foreach (string[] command in new string[][] { ["verify", "pair"], ["inspect", "pair"], ["inspect", "pair", "--artifact", "graph"], ["onnx", "pair", "--input", "tensor"], ["models", "show", "pair"] })
        {
            Assert.Equal((ExitCode.Ok, ""), Outcome(await _models.Run(command)));
        }

        static (ExitCode, string) Outcome(CommandRun run) => (run.ExitCode, run.Error);
    }

    [Fact]
    public async Task The_manifest_says_who_the_members_are()
    {
        var (a, b) = PublishPair();
        await _models.Run("ensemble", "a", "b", "--name", "pair", "--weights", "3,1");
        var manifest = _models.Registry.Resolve("pair").Manifest;

        Assert.Equal(
            [
                new("a:1", ParentRoles.Member) { Weight = 0.75, Sha256 = a.Manifest.Find("graph")!.Sha256 },
                new ParentSpec("b:1", ParentRoles.Member) { Weight = 0.25, Sha256 = b.Manifest.Find("graph")!.Sha256 },
            ],
            manifest.Parents);
        Assert.Equal(("classification", null, null, null), (manifest.Task, manifest.Network, manifest.Import, manifest.Training));
        Assert.Equal(a.Manifest.Preprocessing, manifest.Preprocessing);
        Assert.Equal(TestModels.Labels, manifest.Labels);
        Assert.Contains("member, weight 0.75", (await _models.Run("models", "show", "pair")).Output, StringComparison.Ordinal);
        var metadata = OnnxFile.Read(Path.Combine(_models.Root, "pair/1/model.onnx")).Graph.Metadata;
        Assert.Equal(("pair", "classification"), (metadata["model"], metadata["task"]));
        Assert.Contains("\"parents\":[\"a:1\",\"b:1\"]", metadata["lineage"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_json_the_result_is_one_line()
    {
        var (a, _) = PublishPair();
        TestData.Write(_models.Folder["data"], a, wrong: 0, images: 40);
        var run = await _models.Run("ensemble", "a", "b", "--name", "pair", "--weights", "1,0", "--data", $"idx:{_models.Folder["data"]}", "--json");
        var result = JsonNode.Parse(Assert.Single(run.Output.TrimEnd('\n').Split('\n')))!;

        Assert.Equal(("pair:1", "model.onnx", "branches"), ((string?)result["model"], (string?)result["artifact"], (string?)result["layout"]));
        Assert.Equal("""[{"model":"a:1","weight":1},{"model":"b:1","weight":0}]""", result["members"]!.ToJsonString());
        Assert.InRange((double)result["max_abs_error"]!, 0, 1e-6);
        Assert.Equal((1e-6, 1.0), ((double)result["tolerance"]!, (double)result["accuracy"]!));
        Assert.Equal(1.0, _models.Registry.Resolve("pair").Manifest.Metrics["test"].Accuracy);
    }

    [Fact]
    public async Task The_same_ensemble_is_the_same_file()
    {
        PublishPair();
        await _models.Run("ensemble", "a", "b", "--name", "pair");
        await _models.Run("ensemble", "a", "b", "--name", "pair");

        foreach (var file in new[] { "graph.onnx", "model.onnx", "probe.safetensors" })
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(_models.Root, "pair/1", file)), File.ReadAllBytes(Path.Combine(_models.Root, "pair/2", file)));
        }
    }

    private (ModelVersion A, ModelVersion B) PublishPair() =>
        (_models.Publish("a", EnsembleModels.Network("resblocks", 1, null, 10, ("width", "8"))), _models.Publish("b", EnsembleModels.Network("mlp", 2)));

    [GeneratedRegex(@"max abs error \S+")]
    private static partial Regex Measured();
}
