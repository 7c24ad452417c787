using System.Text.Json;
using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Networks;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Train.Tests.Support;

namespace Toolchain.Train.Tests.Commands;

/// <summary><c>train evaluate</c> on models that were published by hand.</summary>
public sealed class EvaluateTests
{
    private readonly Workplace _work = new();

    [Fact]
    public async Task A_model_that_is_not_there_is_bad_input_with_the_nearest_name()
    {
        Publish("digits", Mlp());
        var run = await Evaluate("digit");
        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.Contains("Cannot find model 'digit' in registry 'ROOT/models'. There is no model of that name. Did you mean 'digits'?", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_foreign_operator_is_named()
    {
        var graph = Mlp();
        graph = graph with { Nodes = [.. graph.Nodes.Select(static n => n.Name == "relu1" ? n with { Op = new Foreign("Celu", "", []) } : n)] };
        Publish("foreign", graph);
        var run = await Evaluate("foreign");
        Assert.Equal((ExitCode.BadInput, "train: Graph 'mlp' cannot be trained: it has operators that the trainer does not know: Celu node 'relu1'. It can still be exported and served.\n"), (run.ExitCode, run.Error));
    }

    [Fact]
    public async Task A_graph_that_was_changed_or_is_cut_short_is_bad_input_that_names_it()
    {
        Publish("changed", Mlp());
        var path = Path.Combine(_work.Models, "changed", "1", "graph.onnx");
        var bytes = File.ReadAllBytes(path);
        bytes[^100] ^= 1;
        File.WriteAllBytes(path, bytes);
        var changed = await Evaluate("changed");
        Assert.Equal(ExitCode.BadInput, changed.ExitCode);
        Assert.StartsWith("train: Artifact 'ROOT/models/changed/1/graph.onnx' of model changed:1 is damaged: ", changed.Error, StringComparison.Ordinal);

        Publish("short", bytes[..^1000]);
        var cut = await Evaluate("short");
        Assert.Equal(ExitCode.BadInput, cut.ExitCode);
        Assert.StartsWith("train: Cannot read 'ROOT/models/short/1/graph.onnx': ", cut.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_size_or_number_of_classes_says_expected_and_found()
    {
        Publish("wide", Build("mlp", new(1, 28, 30), 10), size: new(1, 28, 30, [0.3f], [0.3f]));
        var wide = await Evaluate("wide");
        Assert.Equal((ExitCode.BadInput, $"train: Model wide:1 takes 1x28x30 images, but {SmallData.Tiny} has 1x28x28. Use the data set that it was trained for.\n"), (wide.ExitCode, wide.Error));
        Publish("few", Build("mlp", new(1, 28, 28), 3));
        var few = await Evaluate("few");
        Assert.Equal((ExitCode.BadInput, $"train: Model few:1 has 3 classes, but {SmallData.Tiny} has 10. Use the data set that it was trained for.\n"), (few.ExitCode, few.Error));
    }

    [Fact]
    public async Task Logits_that_are_no_numbers_give_no_loss_and_an_accuracy_over_all_images()
    {
        // Every weight of the second layer is infinite in one class: its logit and the loss of every image are not finite.
        var graph = Mlp();
        graph = graph with
        {
            Initializers = graph.Initializers.Select(static (name, data) => name == "fc2.bias" ? TensorData.Of<float>([float.PositiveInfinity, 0, 0, 0, 0, 0, 0, 0, 0, 0], 10) : data),
        };
        Publish("infinite", graph);
        var run = await Evaluate("infinite", "--json");
        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Assert.Null(run.Result["loss"]);
        Assert.Equal(64, (int)run.Result["images"]!);
    }

    [Fact]
    public async Task Classes_without_names_can_be_measured()
    {
        Publish("nameless", Mlp(), labels: false);
        var run = await Evaluate("nameless", "--json");
        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Assert.InRange((double)run.Result["accuracy"]!, 0, 0.5);
    }

    [Fact]
    public async Task A_report_on_a_terminal_shows_what_was_asked_for()
    {
        Publish("always-2", Always(0.05f, 0.05f, 0.5f, 0.05f, 0.05f, 0.1f, 0.05f, 0.05f, 0.05f, 0.05f));
        var svg = _work.PathOf("reliability.svg");
        var run = await Evaluate("always-2", "--top-k", "2", "--per-class", "--confusion", "--calibration", svg);
        Golden.Matches("evaluate.txt", WithoutFolder(run.Output));
        Assert.Contains("always-2:1 on idx:", File.ReadAllText(svg), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_ensemble_shows_its_members_and_how_far_they_disagree()
    {
        Publish("a", Always(0.5f, 0.3f, 0.05f, 0.05f, 0.02f, 0.02f, 0.02f, 0.02f, 0.01f, 0.01f));
        Publish("b", Always(0.05f, 0.4f, 0.3f, 0.05f, 0.05f, 0.05f, 0.025f, 0.025f, 0.025f, 0.025f));
        var text = await Evaluate(["a", "b"]);
        Golden.Matches("evaluate-ensemble.txt", WithoutFolder(text.Output));

        var json = (await Evaluate(["a", "b"], "--json")).Result;
        Assert.Equal("a:1+b:1", (string)json["model"]!);
        Assert.Equal(["a:1", "b:1"], json["members"]!.AsArray().Select(static m => (string)m!["model"]!));
        Assert.InRange((double)json["disagreement"]!, 0.1, 0.3);
    }

    [Fact]
    public async Task The_result_has_every_documented_name()
    {
        Publish("named", Mlp());
        var result = (await Evaluate("named", "--json", "--top-k", "3", "--confusion", "--tta", "flip,shift:2")).Result.AsObject();
        Assert.Equal(
            ["model", "data", "split", "tta", "accuracy", "loss", "images", "ece", "top3", "macro_precision", "macro_recall", "macro_f1", "mce", "brier", "classes", "reliability", "confusion", "members", "disagreement", "calibration"],
            result.Select(static p => p.Key));
        Assert.Equal(("named:1", "test", "flip,shift:2", 64), ((string)result["model"]!, (string)result["split"]!, (string)result["tta"]!, (int)result["images"]!));
        Assert.Equal(64, result["confusion"]!.AsArray().Sum(static row => row!.AsArray().Sum(static n => (int)n!)));
        Assert.Equal(64, result["classes"]!.AsArray().Sum(static c => (int)c!["images"]!));
        Assert.Equal(64, result["reliability"]!.AsArray().Sum(static b => (int)b!["images"]!));
        Assert.Equal(["name", "precision", "recall", "f1", "images", "predicted"], result["classes"]![0]!.AsObject().Select(static p => p.Key));
        Assert.Equal(["from", "to", "images", "confidence", "accuracy"], result["reliability"]![0]!.AsObject().Select(static p => p.Key));
    }

    [Fact]
    public async Task The_training_data_is_divided_as_the_training_divided_it()
    {
        var data = DatasetCatalog.Open(SmallData.Tiny);
        Publish("trained", Mlp(), training: Training(data.Train.ContentHash, 0.25, seed: 3));
        Assert.Equal(80, (int)(await Evaluate("trained", "--split", "validation", "--json")).Result["images"]!);
        Assert.Equal(240, (int)(await Evaluate("trained", "--split", "train", "--json")).Result["images"]!);

        Publish("other", Mlp(), training: Training(data.Train.ContentHash, 0.25, seed: 4));
        var different = await Evaluate(["trained", "other"], "--split", "validation");
        Assert.Equal((ExitCode.Usage, $"train: Models trained:1 and other:1 were trained with different validation images of {SmallData.Tiny}. Measure them on --split test.\n"), (different.ExitCode, different.Error));
        Assert.Equal(ExitCode.Ok, (await Evaluate(["trained", "other"])).ExitCode);

        Publish("whole", Mlp(), training: Training(data.Train.ContentHash, 0, seed: 3));
        Assert.Equal("train: Model whole:1 was trained without validation images. Measure it on --split test.\n", (await Evaluate("whole", "--split", "validation")).Error);
        Publish("elsewhere", Mlp(), training: Training("0", 0.25, seed: 3));
        Assert.Equal($"train: Model elsewhere:1 was not trained on {SmallData.Tiny}, so its train images are not known. Measure it on --split test.\n", (await Evaluate("elsewhere", "--split", "train")).Error);
    }

    [Fact]
    public async Task Members_with_other_labels_and_models_for_other_tasks_are_refused()
    {
        Publish("a", Mlp());
        Publish("b", Mlp(), names: static i => i == 3 ? "dress" : $"class {i}");
        var labels = await Evaluate(["a", "b"]);
        Assert.Equal((ExitCode.BadInput, "train: Models a:1 and b:1 have different labels: class 3 is 'class 3' in one and 'dress' in the other. The members of an ensemble need the same labels in the same order.\n"), (labels.ExitCode, labels.Error));
        Publish("estimate", Mlp(), task: "regression");
        var task = await Evaluate("estimate");
        Assert.Equal((ExitCode.BadInput, $"train: Model estimate:1 is for regression, but {SmallData.Tiny} is for classification. Use the data set that it was trained for.\n"), (task.ExitCode, task.Error));
    }

    [Theory]
    [InlineData("--top-k", "11", "train: --top-k is 11; for 10 classes it can be 1 to 10.")]
    [InlineData("--batch", "0", "train: --batch must be at least 1.")]
    [InlineData("--split", "dev", "train: --split is 'dev'; it takes test, validation, train.")]
    [InlineData("--tta", "rotate", "train: --tta is 'rotate'; it takes flip, shift (by one pixel), shift:PIXELS, or flip,shift:PIXELS, each once.")]
    [InlineData("--tta", "shift:28", "train: --tta shift:28 moves images of 28x28 pixels out of sight. Use fewer pixels.")]
    public async Task Wrong_options_are_usage_errors(string option, string value, string message)
    {
        Publish("any", Mlp());
        var run = await Evaluate("any", option, value);
        Assert.Equal((ExitCode.Usage, message), (run.ExitCode, run.Error.Split('\n')[0]));
    }

    [Fact]
    public async Task A_diagram_that_cannot_be_written_says_so()
    {
        Publish("any", Mlp());
        var run = await Evaluate("any", "--calibration", _work.PathOf("no/such/folder.svg"));
        Assert.Equal(ExitCodes.Of(ErrorKind.Unavailable), run.ExitCode);
        Assert.StartsWith("train: Cannot write the reliability diagram 'ROOT/no/such/folder.svg': ", run.Error, StringComparison.Ordinal);
    }

    private static string WithoutFolder(string text) => text.Replace(SmallData.Tiny, "idx:DIR", StringComparison.Ordinal);

    private Task<Answer> Evaluate(string[] references, params string[] more) => _work.CallAsync(["evaluate", .. references, "--data", SmallData.Tiny, "--threads", "1", .. more]);

    private Task<Answer> Evaluate(string reference, params string[] more) => _work.CallAsync(["evaluate", reference, "--data", SmallData.Tiny, "--threads", "1", .. more]);

    private static Graph Mlp() => Build("mlp", new(1, 28, 28), 10);

    // The same probabilities for every image.
    private static Graph Always(params float[] probabilities)
    {
        var graph = Mlp();
        return graph with
        {
            Initializers = graph.Initializers.Select((name, data) => name switch
            {
                "fc2.bias" => TensorData.Of<float>([.. probabilities.Select(static p => MathF.Log(p))]),
                "fc2.weight" => TensorData.Of<float>(new float[data.ElementCount], [.. data.Dimensions]),
                _ => data,
            }),
        };
    }

    private static TrainingSpec Training(string contentHash, double validation, long seed) => new()
    {
        Recipe = new Dictionary<string, JsonElement> { ["validation"] = JsonSerializer.SerializeToElement(validation) },
        Data = new DataSpec { Reference = "any", ContentHash = contentHash, Counts = new Dictionary<string, long>() },
        Seed = seed,
        Engine = new EngineSpec("libtorch", "1.13.1"),
        Device = "cpu",
        Threads = 1,
    };

    private static Graph Build(string network, ImageSize size, int classes) => NetworkCatalog.Get(network).Build(size, classes);

    private void Publish(
        string name, Graph graph, OnnxWriteOptions? options = null, Preprocessing? size = null, bool labels = true, TrainingSpec? training = null, string task = "classification", Func<int, string>? names = null)
    {
        using var stream = new MemoryStream();
        OnnxFile.Write(graph, stream, options);
        Publish(name, stream.ToArray(), size, labels, training, task, names);
    }

    private void Publish(
        string name, byte[] graph, Preprocessing? size = null, bool labels = true, TrainingSpec? training = null, string task = "classification", Func<int, string>? names = null)
    {
        using var draft = _work.Registry.NewVersion(name);
        draft.Add(ArtifactKinds.Graph, "graph.onnx", path =>
        {
            File.WriteAllBytes(path, graph);
            return new ArtifactDescription();
        });
        draft.Publish(new ModelManifest
        {
            Task = task,
            Preprocessing = size ?? new(1, 28, 28, [0.28f], [0.35f]),
            Labels = labels ? [.. Enumerable.Range(0, 10).Select(names ?? (static i => $"class {i}"))] : [],
            Training = training,
        });
    }
}
