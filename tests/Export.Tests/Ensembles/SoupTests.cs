using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Toolchain.Data;
using Toolchain.Export.Tests.Support;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;
using Toolchain.Registry.Cli;

namespace Toolchain.Export.Tests.Ensembles;

public sealed partial class SoupTests : IDisposable
{
    private readonly TestModels _models = new();

    public void Dispose() => _models.Dispose();

    [Theory]
    [InlineData("1,1", 0.5)]
    [InlineData("1,3", 0.25)]
    public async Task Every_weight_is_the_weighted_mean_and_so_is_every_statistic(string weights, double first)
    {
        var (a, b) = (EnsembleModels.Network("resblocks", 1), EnsembleModels.Network("resblocks", 2));
        _models.Publish("a", a, mean: 0.25f);
        _models.Publish("b", b, mean: 0.75f);
        var run = await _models.Run("ensemble", "a", "b", "--name", "soup", "--soup", "--weights", weights);

        Assert.Equal((ExitCode.Ok, ""), (run.ExitCode, run.Error));
        var version = _models.Registry.Resolve("soup");
        var soup = OnnxFile.Read(Path.Combine(version.Folder, "graph.onnx")).Graph;
        Assert.Equal(a.Initializers.Keys, soup.Initializers.Keys);
        foreach (var (name, data) in soup.Initializers)
        {
            var (left, right) = (a.Initializers[name].Values<float>().ToArray(), b.Initializers[name].Values<float>().ToArray());
            Assert.Equal(left.Zip(right, (l, r) => (float)((first * l) + ((1 - first) * r))), data.Values<float>().ToArray());
        }

        Assert.Equal((float)((first * 0.25f) + ((1 - first) * 0.75f)), version.Manifest.Preprocessing.Mean[0]);
        Assert.Equal(["a:1", "b:1"], version.Manifest.Parents.Select(static p => p.Reference));
        Assert.All(version.Manifest.Parents, static p => Assert.Equal(ParentRoles.Ingredient, p.Role));
        Assert.Equal("a", version.Manifest.Network!.Name);
        Assert.Equal(["graph", "probe", "model"], version.Manifest.Artifacts.Select(static x => x.Kind));
        Assert.Equal(ExitCode.Ok, (await _models.Run("verify", "soup")).ExitCode);
        Assert.Equal(ExitCode.Ok, (await _models.Run("onnx", "soup", "--input", "tensor")).ExitCode);
    }

    [Fact]
    public async Task The_report_names_the_ingredients()
    {
        _models.Publish("a", EnsembleModels.Network("mlp", 1));
        _models.Publish("b", EnsembleModels.Network("mlp", 2));
        Golden.Matches("soup.txt", Measured().Replace((await _models.Run("ensemble", "a", "b", "--name", "soup", "--soup")).Output, "max abs error 0"));
    }

    [Fact]
    public async Task A_greedy_soup_leaves_out_what_makes_it_worse_and_never_looks_at_the_test_images()
    {
        var good = EnsembleModels.Network("mlp", 1);
        var bad = EnsembleModels.Network("mlp", 9);
        var labelled = _models.Publish("teacher", good);
        TestData.Write(_models.Folder["data"], labelled, wrong: 0, images: 200);
        File.WriteAllBytes(Path.Combine(_models.Folder["data"], "t10k-labels-idx1-ubyte"), Shuffled(File.ReadAllBytes(Path.Combine(_models.Folder["data"], "t10k-labels-idx1-ubyte"))));
        var data = $"idx:{_models.Folder["data"]}";
        foreach (var (name, graph) in new[] { ("bad", bad), ("good", good), ("near", Near(good)) })
        {
            _models.Publish(name, graph, change: p => p with { Manifest = TrainedOn(p.Manifest, data) });
        }

        var run = await _models.Run("ensemble", "bad", "good", "near", "--name", "soup", "--soup", "--data", data, "--json");
        Assert.True(run.ExitCode == ExitCode.Ok, run.Error);
        var result = JsonNode.Parse(run.Output)!;
        Assert.Equal(1.0, (double)result["validation"]!["accuracy"]!);
        Assert.Equal(40, (int)result["validation"]!["samples"]!);
        var weights = result["ingredients"]!.AsArray().ToDictionary(static i => (string)i!["model"]!, static i => (double)i!["weight"]!);
        Assert.Equal((0, 0.5, 0.5), (weights["bad:1"], weights["good:1"], weights["near:1"]));
        Assert.Equal(1.0, _models.Registry.Resolve("soup").Manifest.Metrics["validation"].Accuracy);
        Assert.Equal(["good:1", "near:1"], _models.Registry.Resolve("soup").Manifest.Parents.Select(static p => p.Reference).Order());
    }

    [Fact]
    public async Task The_first_difference_between_the_models_is_named()
    {
        _models.Publish("a", EnsembleModels.Network("mlp", 1));
        _models.Publish("wide", EnsembleModels.Network("mlp", 2, settings: ("hidden", "64")));
        _models.Publish("deep", EnsembleModels.Network("resblocks", 2));
        foreach (var (other, message) in new[]
        {
            ("wide", "The weights of a:1 and wide:1 cannot be averaged: weight 'fc1.weight' of wide:1 is float32 [64, 784], expected float32 [256, 784]"),
            ("deep", "The weights of a:1 and deep:1 cannot be averaged: "),
        })
        {
            var run = await _models.Run("ensemble", "a", other, "--name", "soup", "--soup");
            Assert.Equal(ExitCode.BadInput, run.ExitCode);
            Assert.Contains(message, run.Error, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(_models.Registry.List(), static l => l.Name == "soup");
    }

    [Fact]
    public async Task Data_that_a_model_was_not_trained_on_cannot_choose()
    {
        var version = _models.Publish("a", EnsembleModels.Network("mlp", 1));
        _models.Publish("b", EnsembleModels.Network("mlp", 2));
        TestData.Write(_models.Folder["data"], version, wrong: 0, images: 20);
        var data = $"idx:{_models.Folder["data"]}";

        var run = await _models.Run("ensemble", "a", "b", "--name", "soup", "--soup", "--data", data);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("Model a:1 was not trained on idx:", run.Error, StringComparison.Ordinal);
        run = await _models.Run("ensemble", "a", "b", "--name", "soup", "--soup", "--data", data, "--weights", "1,2");
        Assert.Contains("Leave out --weights or --data", run.Error, StringComparison.Ordinal);
    }

    private static ModelManifest TrainedOn(ModelManifest manifest, string data) => manifest with
    {
        Training = manifest.Training! with
        {
            Recipe = new Dictionary<string, JsonElement> { ["validation"] = JsonSerializer.SerializeToElement(0.2) },
            Data = manifest.Training.Data with { Reference = data, ContentHash = DatasetCatalog.Open(data).Train.ContentHash },
        },
    };

    private static Graph Near(Graph graph) => graph with { Initializers = graph.Initializers.Select(static (_, data) => TensorData.Of<float>([.. data.Values<float>().ToArray().Select(static v => v * 1.001f)], data.Dimensions.AsSpan())) };

    private static byte[] Shuffled(byte[] labels) => [.. labels[..8], .. labels[8..].Select(static l => (byte)((l + 1) % 10))];

    [GeneratedRegex(@"max abs error [^,\s]+")]
    private static partial Regex Measured();
}
