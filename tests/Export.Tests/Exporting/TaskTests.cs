using System.Globalization;
using System.Text.Json.Nodes;
using Toolchain.Export.Tests.Support;
using Toolchain.Graphs.Onnx;
using Toolchain.Networks;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Runtime;

namespace Toolchain.Export.Tests.Exporting;

/// <summary>Models for every task, of images and of tables, from the trained graph to a proven and measured file.</summary>
public sealed class TaskTests : IDisposable
{
    private static readonly Preprocessing Table = new(3, 1, 1, [0.5f, -1, 2], [2, 0.5f, 1]) { Samples = SampleKind.Numbers };
    private static readonly Preprocessing Image = new(1, 8, 8, [0.2860f], [0.3530f]);

    private readonly TestModels _models = new();

    public void Dispose() => _models.Dispose();

    [Theory]
    [InlineData("numbers float32 [N, 1, 1, 3]", "model.onnx")]
    [InlineData("input float32 [N, 3, 1, 1]", "model.tensor.onnx", "--input", "tensor")]
    public async Task A_regression_on_a_table_gives_values_and_no_probabilities(string input, string file, params string[] options)
    {
        var version = Regression(["price", "size"]);
        var run = await _models.Run(["onnx", "linear", .. options]);

        Assert.Equal((ExitCode.Ok, ""), (run.ExitCode, run.Error));
        var artifact = _models.Registry.Resolve("linear").Manifest.Find(file)!;
        Assert.Equal(input, Text(artifact.Inputs));
        Assert.Equal("values float32 [N, 2]", Text(artifact.Outputs));
        var metadata = OnnxFile.Read(Path.Combine(version.Folder, file)).Graph.Metadata;
        Assert.Equal(("regression", """["price","size"]"""), (metadata["task"], metadata["labels"]));
        Assert.Equal("""{"channels":3,"height":1,"width":1,"mean":[0.5,-1,2],"std":[2,0.5,1],"samples":"numbers"}""", metadata["preprocessing"]);
        Assert.Equal(ExitCode.Ok, (await _models.Run("verify", "linear")).ExitCode);
        Assert.Equal(ExitCode.Ok, (await _models.Run("inspect", "linear", "--artifact", file)).ExitCode);
    }

    [Fact]
    public async Task A_regressions_score_is_its_mean_squared_error()
    {
        var version = Regression(["y"]);
        var rows = RandomData.Floats([21, 3], low: -3, high: 3);
        var predicted = Predicted(version, Table, rows.Bytes, 21);
        TestData.WriteTable(_models.Folder["data.csv"], rows.Values<float>(), 3, "y", [.. predicted.Select(static v => (v + 0.5f).ToString("R", CultureInfo.InvariantCulture))]);
        var run = await _models.Run("onnx", "linear", "--data", $"csv:{_models.Folder["data.csv"]}", "--batch", "8", "--json");
        var result = JsonNode.Parse(run.Output)!;

        Assert.Equal(0.25, (double)result["mse"]!, 1e-5);
        Assert.Equal(0.24, (double)result["trainer_mse"]!);
        Assert.Null(result["accuracy"]);
        Assert.Contains("on 20 test rows, the trainer's is 0.24", run.Error, StringComparison.Ordinal);
        Assert.Null(_models.Registry.Resolve("linear").Manifest.Find("model")!.Accuracy);
        var verified = JsonNode.Parse((await _models.Run("verify", "linear", "--data", $"csv:{_models.Folder["data.csv"]}", "--json")).Output)!["artifacts"]![2]!;
        Assert.Equal(0.25, (double)verified["mse"]!, 1e-5);
        Assert.Equal("mse", (string?)verified["checks"]!.AsArray()[^1]!["name"]);
    }

    [Fact]
    public async Task Values_in_the_thousands_may_differ_in_proportion_and_no_more()
    {
        var graph = NetworkCatalog.Get("linear").Build(new(3, 1, 1), 1);
        var large = graph with { Initializers = graph.Initializers.Select(static (_, data) => TensorData.Of<float>([.. data.Values<float>().ToArray().Select(static v => v * 1e6f)], data.Dimensions.AsSpan())) };
        _models.Publish(large, Table, "linear", p => Shifted(p with { Manifest = ForRegression(p.Manifest, ["y"]) }, 1));
        _models.Publish(large, Table, "other", p => Shifted(p with { Manifest = ForRegression(p.Manifest, ["y"]) }, 10_000));

        Assert.Equal(ExitCode.Ok, (await _models.Run("onnx", "linear")).ExitCode);
        Assert.Equal(ExitCode.Mismatch, (await _models.Run("onnx", "other")).ExitCode);
    }

    [Fact]
    public async Task A_classifier_of_rows_is_measured_on_its_table()
    {
        var graph = NetworkCatalog.Get("linear").Build(new(3, 1, 1), 2);
        var version = _models.Publish(graph, Table, "linear", static p => p with { Manifest = p.Manifest with { Labels = ["0", "1"] } });
        var rows = RandomData.Floats([41, 3], low: -3, high: 3);
        var labels = Predicted(version, Table, rows.Bytes, 41).Chunk(2).Select(static (z, i) => (z[1] > z[0]) ^ (i > 30) ? "1" : "0");
        TestData.WriteTable(_models.Folder["data.csv"], rows.Values<float>(), 3, "label", [.. labels]);
        var result = JsonNode.Parse((await _models.Run("onnx", "linear", "--data", $"csv:{_models.Folder["data.csv"]}", "--json")).Output)!;

        Assert.Equal(0.75, (double)result["accuracy"]!);
        Assert.Equal("logits float32 [N, 2], probabilities float32 [N, 2]", Text(_models.Registry.Resolve("linear").Manifest.Find("model")!.Outputs));
    }

    [Fact]
    public async Task A_segmentation_gives_a_class_for_each_pixel_and_ignored_pixels_do_not_count()
    {
        var graph = NetworkCatalog.Get("unet").Build(new(1, 8, 8), 3, NetworkArguments.Of(NetworkCatalog.Get("unet"), new Dictionary<string, string> { ["width"] = "4", ["depth"] = "2" })).Trained();
        var version = _models.Publish(graph, Image, "unet", static p => p with { Manifest = p.Manifest with { Task = "segmentation", Labels = ["sky", "road", "car"] } });
        var pixels = RandomData.Pixels(4 * 64);
        var masks = Predicted(version, Image, pixels, 4).Chunk(3 * 64).SelectMany(static z => Enumerable.Range(0, 64).Select(i => (byte)Enumerable.Range(0, 3).MaxBy(k => z[(k * 64) + i]))).ToArray();
        for (var i = 0; i < 64; i++)
        {
            (masks[i], masks[64 + i]) = (255, i < 48 ? (byte)((masks[64 + i] + 1) % 3) : masks[64 + i]);
        }

        TestData.WriteMasks(_models.Folder["data"], pixels, masks, 8, ["sky", "road", "car"]);
        var run = await _models.Run("onnx", "unet", "--data", $"masks:{_models.Folder["data"]}", "--json");
        var result = JsonNode.Parse(run.Output)!;

        Assert.Equal(0.75, (double)result["accuracy"]!);
        Assert.Equal("logits float32 [N, 3, 8, 8], probabilities float32 [N, 3, 8, 8]", Text(_models.Registry.Resolve("unet").Manifest.Find("model")!.Outputs));
        Assert.Equal(ExitCode.Ok, (await _models.Run("onnx", "unet", "--input", "tensor")).ExitCode);
        Assert.Equal(ExitCode.Ok, (await _models.Run("verify", "unet")).ExitCode);
    }

    [Fact]
    public async Task Imported_weights_without_labels_and_training_are_exported_and_verified()
    {
        _models.Publish("mlp", change: static p => p with { Manifest = p.Manifest with { Labels = [], Training = null, Import = new("mlp.pt", new('0', 64), "pytorch"), Metrics = new Dictionary<string, SplitMetrics>() } });
        var run = await _models.Run("onnx", "mlp");

        Assert.Equal((ExitCode.Ok, ""), (run.ExitCode, run.Error));
        Assert.Equal(ExitCode.Ok, (await _models.Run("verify", "mlp")).ExitCode);
        var version = _models.Registry.Resolve("mlp");
        var metadata = OnnxFile.Read(version.OpenArtifact("model").Path).Graph.Metadata;
        Assert.Equal("[]", metadata["labels"]);
        Assert.StartsWith("""{"network":"mlp","arguments":{"width":"32"},"file":"mlp.pt",""", metadata["lineage"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_single_logit_serves_two_labels()
    {
        var graph = NetworkCatalog.Get("linear").Build(new(1, 8, 8), 1);
        _models.Publish(graph, Image, "linear", static p => p with { Manifest = p.Manifest with { Labels = ["no", "yes"] } });

        Assert.Equal(ExitCode.Ok, (await _models.Run("onnx", "linear")).ExitCode);
        Assert.Equal("logits float32 [N, 1], probabilities float32 [N, 2]", Text(_models.Registry.Resolve("linear").Manifest.Find("model")!.Outputs));
        Assert.Equal(ExitCode.Ok, (await _models.Run("verify", "linear")).ExitCode);
    }

    [Fact]
    public async Task Data_for_another_task_is_refused_with_both_tasks()
    {
        Regression(["y"]);
        TestData.WriteTable(_models.Folder["data.csv"], new float[12], 3, "label", ["0", "1", "0", "1"]);
        var run = await _models.Run("onnx", "linear", "--data", $"csv:{_models.Folder["data.csv"]}");

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("is for classification, and the model is for regression", run.Error, StringComparison.Ordinal);
    }

    private ModelVersion Regression(string[] targets) =>
        _models.Publish(NetworkCatalog.Get("linear").Build(new(3, 1, 1), targets.Length), Table, "linear", p => p with { Manifest = ForRegression(p.Manifest, targets) });

    private static ModelManifest ForRegression(ModelManifest manifest, string[] targets) => manifest with
    {
        Task = "regression",
        Labels = targets,
        Metrics = new Dictionary<string, SplitMetrics> { ["test"] = new(20, null, 0.24) { Values = new Dictionary<string, double> { [MetricNames.Mse] = 0.24 } } },
    };

    private static TestModels.Parts Shifted(TestModels.Parts parts, float by)
    {
        var values = parts.Logits.Values<float>().ToArray();
        values[0] += by;
        return parts with { Logits = TensorData.Of<float>(values, parts.Logits.Dimensions.AsSpan()) };
    }

    private static float[] Predicted(ModelVersion version, Preprocessing preprocessing, ReadOnlyMemory<byte> samples, int count) =>
        OnnxRuntime.Output(OnnxFile.Read(Path.Combine(version.Folder, "graph.onnx")).Graph, InputForm.Tensor.Make(preprocessing, samples, count));

    private static string Text(IEnumerable<TensorSpec> tensors) => string.Join(", ", tensors.Select(static t => $"{t.Name} {t.Type} {t.Shape}"));
}
