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
        Publish("foreign", graph, new OnnxWriteOptions { ForeignOpset = Graph.DefaultOpset });
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

    private Task<Answer> Evaluate(string reference, params string[] more) => _work.CallAsync(["evaluate", reference, "--data", SmallData.Tiny, "--threads", "1", .. more]);

    private static Graph Mlp() => Build("mlp", new(1, 28, 28), 10);

    private static Graph Build(string network, ImageSize size, int classes) => NetworkCatalog.Get(network).Build(size, classes);

    private void Publish(string name, Graph graph, OnnxWriteOptions? options = null, Preprocessing? size = null, bool labels = true)
    {
        using var stream = new MemoryStream();
        OnnxFile.Write(graph, stream, options);
        Publish(name, stream.ToArray(), size, labels);
    }

    private void Publish(string name, byte[] graph, Preprocessing? size = null, bool labels = true)
    {
        using var draft = _work.Registry.NewVersion(name);
        draft.Add(ArtifactKinds.Graph, "graph.onnx", path =>
        {
            File.WriteAllBytes(path, graph);
            return new ArtifactDescription();
        });
        draft.Publish(new ModelManifest
        {
            Task = "classification",
            Preprocessing = size ?? new(1, 28, 28, [0.28f], [0.35f]),
            Labels = labels ? [.. Enumerable.Range(0, 10).Select(static i => $"class {i}")] : [],
        });
    }
}
