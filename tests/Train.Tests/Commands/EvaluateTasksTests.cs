using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Networks;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Train.Tests.Support;

namespace Toolchain.Train.Tests.Commands;

/// <summary><c>train evaluate</c> on tables of values and on masks, with networks whose outputs are known.</summary>
public sealed class EvaluateTasksTests
{
    private readonly Workplace _work = new();

    [Fact]
    public async Task Estimates_are_measured_by_their_errors()
    {
        Publish("estimate", AlwaysThree(), ModelTask.Regression, new(1, 1, 1, [0], [1]) { Samples = SampleKind.Numbers }, ["y"]);
        var data = Table();
        var run = await _work.CallAsync("evaluate", "estimate", "--data", data, "--threads", "1", "--per-class", "--json");
        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Assert.Equal(
            ["model", "data", "split", "accuracy", "loss", "images", "mae", "mse", "r2", "rmse", "columns", "confusion"], run.Result.AsObject().Select(static p => p.Key));
        Assert.Null(run.Result["accuracy"]);
        Assert.Equal((4, 3.5, 3.5, 1.5, 0), ((int)run.Result["images"]!, (double)run.Result["loss"]!, (double)run.Result["mse"]!, (double)run.Result["mae"]!, (double)run.Result["r2"]!));
        Assert.Equal("""{"name":"y","mse":3.5,"rmse":1.8708286933869707,"mae":1.5,"r2":0}""", run.Result["columns"]![0]!.ToJsonString());
        Assert.Contains("estimate:1 on csv:", run.Error, StringComparison.Ordinal);
        Assert.Contains("(test): loss 3.5000, 4 samples", run.Error, StringComparison.Ordinal);
        Assert.Contains("column  RMSE   MAE  R²\ny       1.871  1.5  0\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Masks_are_measured_by_their_overlaps()
    {
        Publish("bright", Bright(), ModelTask.Segmentation, new(1, 2, 2, [0.5f], [0.5f]), ["dark", "bright"]);
        var run = await _work.CallAsync("evaluate", "bright", "--data", Masks(), "--threads", "1", "--per-class", "--confusion", "--json");
        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Assert.Equal(2 / 3.0, (double)run.Result["accuracy"]!);
        Assert.Equal(Math.Log(1 + Math.Exp(-4)) + (4 / 3.0), (double)run.Result["loss"]!, 1e-6);
        Assert.Equal((1, 0.5, 2 / 3.0), ((int)run.Result["images"]!, (double)run.Result["mean_iou"]!, (double)run.Result["dice"]!));
        Assert.Equal("[[1,1],[0,1]]", run.Result["confusion"]!.ToJsonString());
        Assert.Contains("class   IoU  Dice    pixels\ndark    0.5  0.6667  2\nbright  0.5  0.6667  1\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_only_classes_have_is_refused()
    {
        Publish("estimate", AlwaysThree(), ModelTask.Regression, new(1, 1, 1, [0], [1]) { Samples = SampleKind.Numbers }, ["y"]);
        var data = Table();
        var run = await _work.CallAsync("evaluate", "estimate", "estimate", "--data", data, "--threads", "1", "--top-k", "1", "--confusion", "--tta", "flip");
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Equal($"train: {data} is for regression, which does not take --top-k, --tta, --confusion, more than one model. Leave out what has no effect.\n".Replace(_work.PathOf(""), "ROOT/", StringComparison.Ordinal), run.Error);

        var images = await _work.CallAsync("evaluate", "estimate", "--data", SmallData.Tiny, "--threads", "1");
        Assert.Equal((ExitCode.BadInput, $"train: Model estimate:1 is for regression, but {SmallData.Tiny} is for classification. Use the data set that it was trained for.\n"), (images.ExitCode, images.Error));
    }

    // The targets of the test rows are 1, 2, 3 and 6.
    private static string Table()
    {
        var path = Session.NewPath("table.csv");
        File.WriteAllText(path, "x,split,y\n0,train,1\n1,train,2\n2,test,1\n3,test,2\n4,test,3\n5,test,6\n");
        return $"csv:{path}";
    }

    private static string Masks()
    {
        var folder = Path.GetDirectoryName(Session.NewPath("masks"))!;
        foreach (var split in new[] { "train", "test" })
        {
            Write("images", [0, 255, 255, 0]);
            Write("masks", [0, 1, 0, MaskTargets.Ignored]);

            void Write(string kind, byte[] pixels) =>
                File.WriteAllBytes(Path.Combine(Directory.CreateDirectory(Path.Combine(folder, split, kind)).FullName, "a.png"), ImageEncoder.Png(pixels, 2, 2, 1));
        }

        File.WriteAllLines(Path.Combine(folder, "classes.txt"), ["dark", "bright"]);
        return $"masks:{folder}";
    }

    private static Graph AlwaysThree() => WithWeights(NetworkCatalog.Get("mlp").Build(new(1, 1, 1), 1), "fc2.weight", "fc2.bias", static _ => 0, static _ => 3);

    /// <summary>One 1×1 convolution: −4 or 4 for the second class of a black or white pixel, 0 for the first.</summary>
    private static Graph Bright()
    {
        var net = new GraphBuilder("bright");
        net.Output("scores", net.Apply("conv", Layers.Conv2d(2, 1), net.Input("pixels", ElementType.Float32, ["N", 1, 2, 2])));
        return WithWeights(net.Build(), "conv.weight", "conv.bias", static i => 4 * i, static _ => 0);
    }

    private static Graph WithWeights(Graph graph, string weight, string bias, Func<int, float> weights, Func<int, float> biases) => graph with
    {
        Initializers = graph.Initializers.Select((name, data) => name == weight ? Filled(data, weights) : name == bias ? Filled(data, biases) : data),
    };

    private static TensorData Filled(TensorData data, Func<int, float> value) => TensorData.Of<float>([.. Enumerable.Range(0, (int)data.ElementCount).Select(value)], [.. data.Dimensions]);

    private void Publish(string name, Graph graph, ModelTask task, Preprocessing preprocessing, string[] labels)
    {
        using var draft = _work.Registry.NewVersion(name);
        draft.Add(ArtifactKinds.Graph, "graph.onnx", path =>
        {
            OnnxFile.Write(graph, path);
            return new ArtifactDescription();
        });
        draft.Publish(new ModelManifest { Task = task.Text(), Preprocessing = preprocessing, Labels = labels });
    }
}
