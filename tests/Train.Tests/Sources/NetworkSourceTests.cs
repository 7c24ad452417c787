using Toolchain.Graphs;
using Toolchain.Graphs.Editing;
using Toolchain.Graphs.Onnx;
using Toolchain.Networks;
using Toolchain.Train.Sources;
using Toolchain.Train.Tests.Support;
using static Toolchain.Graphs.Layers;

namespace Toolchain.Train.Tests.Sources;

public sealed class NetworkSourceTests
{
    private static readonly Dictionary<string, string> NoSettings = [];

    [Fact]
    public void A_network_of_the_catalog_keeps_its_arguments_for_the_manifest()
    {
        var source = NetworkSource.Resolve("mlp", new Dictionary<string, string> { ["hidden"] = "8" });
        var built = source.BuildForTraining(new(1, 4, 4), 3, newHead: false, NetworkEdits.None, seed: 1);
        Assert.Equal(("mlp", "8", null), (source.Network!.Name, source.Network.Arguments["hidden"], source.Import));
        Assert.Equal(("float32 [N, 3]", 0), (built.Graph.Outputs[0].Type.ToString(), built.Notes.Count));
        Assert.Equal("[8, 16]", built.Graph.Initializers["fc1.weight"].Dimensions.ToString());
    }

    [Fact]
    public void A_file_is_a_network_whose_weights_are_where_training_begins()
    {
        var path = Write("My Net.onnx", Convolutional(softmax: false));
        var source = NetworkSource.Resolve(path, NoSettings);
        Assert.Equal(("my-net", null, "My Net.onnx"), (source.Name, source.Network, source.Import!.File));
        Assert.Matches("^[0-9a-f]{64}$", source.Import.Sha256);
        var built = source.BuildForTraining(new(1, 8, 8), 3, newHead: false, NetworkEdits.None, seed: 1);
        Assert.Equal("float32 [N, 1, 8, 8]", built.Graph.Inputs[0].Type.ToString());
        Assert.True(built.Graph.Initializers["conv.weight"].ContentEquals(Convolutional(softmax: false).Initializers["conv.weight"]));
        Assert.Equal([8, 3], Runners.Torch(built.Graph, Numbers.Uniform(1, 8, 1, 8, 8)).Dimensions);
    }

    [Fact]
    public void The_softmax_at_the_end_is_left_out_with_a_note()
    {
        var source = NetworkSource.Resolve(Write("net.onnx", Convolutional(softmax: true)), NoSettings);
        var built = source.BuildForTraining(new(1, 8, 8), 3, newHead: false, NetworkEdits.None, seed: 1);
        Assert.Equal(["Softmax node 'softmax' is left out: the loss takes logits"], built.Notes);
        Assert.DoesNotContain(built.Graph.Nodes, static n => n.Op is Softmax);
        Assert.Contains(source.Build(null, null, 0).Nodes, static n => n.Op is Softmax);
        var input = Numbers.Uniform(2, 4, 1, 8, 8);
        Tolerance.Holds(Tolerance.Operator, Runners.Torch(Convolutional(softmax: false), input), Runners.Torch(built.Graph, input));
    }

    [Fact]
    public void A_head_of_another_size_is_refused_unless_a_new_one_is_asked_for()
    {
        var source = NetworkSource.Resolve(Write("net.onnx", Convolutional(softmax: true)), NoSettings);
        var refusal = Assert.Throws<ToolchainException>(() => source.BuildForTraining(new(1, 8, 8), 5, newHead: false, NetworkEdits.None, seed: 1));
        Assert.Equal((ErrorKind.Usage, "net gives y float32 [N, 3], but the data has 5 classes. Give it another head with --classes 5."), (refusal.Kind, refusal.Message));
        var built = source.BuildForTraining(new(1, 8, 8), 5, newHead: true, new([GraphEdit.Replace.Parse("relu=Tanh")]), seed: 1);
        Assert.Equal("float32 [N, 5]", built.Graph.Outputs[0].Type.ToString());
        Assert.Equal(["Softmax node 'softmax' is left out: the loss takes logits", "fc: 3 → 5 classes, new fc.weight and fc.bias", "relu: Relu → Tanh()"], built.Notes);
    }

    [Fact]
    public void An_edit_that_changes_the_number_of_logits_is_refused()
    {
        var refusal = Assert.Throws<ToolchainException>(static () => NetworkSource.Resolve("mlp", NoSettings).BuildForTraining(new(1, 4, 4), 3, newHead: false, new([GraphEdit.Replace.Parse("fc2=Linear(7)")]), seed: 1));
        Assert.StartsWith("mlp gives logits float32 [N, 7], but the data has 3 classes.", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, 8, 8, "takes images of 1xHxW, found 3x8x8. Use images of that size, or export the model again with symbolic height and width.")]
    [InlineData(1, 2, 2, "a window of 3 pixels does not fit into an input of 2 pixels")]
    public void Images_that_it_does_not_take_are_refused(int channels, int height, int width, string message)
    {
        var source = NetworkSource.Resolve(Write("net.onnx", Convolutional(softmax: false)), NoSettings);
        var refusal = Assert.Throws<ToolchainException>(() => source.BuildForTraining(new(channels, height, width), 3, newHead: false, NetworkEdits.None, seed: 1));
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_made_for_one_batch_or_for_other_inputs_is_refused()
    {
        var net = new GraphBuilder("fixed");
        var x = net.Input("x", ElementType.Float32, [1, 1, 4, 4]);
        net.Output("y", net.Add(new Reshape(), [x, net.Constant("shape", TensorData.Of<long>([1, 16]))], "reshape"));
        Assert.Contains("is made for batches of 1 alone", Refusal(net.Build()), StringComparison.Ordinal);

        var bytes = new GraphBuilder("bytes");
        bytes.Output("y", bytes.Add(new Cast(ElementType.Float32), [bytes.Input("pixels", ElementType.UInt8, ["N", 4, 4, 1])], "cast"));
        Assert.Contains("it needs one input float32 [N, C, H, W], found pixels uint8 [N, 4, 4, 1].", Refusal(bytes.Build()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_batch_that_only_the_input_fixes_becomes_any_batch()
    {
        var graph = Convolutional(softmax: false);
        var one = graph with { Inputs = [graph.Inputs[0] with { Type = new(ElementType.Float32, [1, 1, 8, 8]) }] };
        var built = NetworkSource.Resolve(Write("one.onnx", one), NoSettings).BuildForTraining(new(1, 8, 8), 3, newHead: false, NetworkEdits.None, seed: 1);
        Assert.Equal("float32 [N, 3]", built.Graph.Outputs[0].Type.ToString());
    }

    [Fact]
    public void Statistics_that_an_exporter_merged_are_each_norms_own_and_no_parameters()
    {
        // As PyTorch writes a fresh norm: its mean is its bias, and its variance its weight.
        var net = new GraphBuilder("merged");
        var x = net.Apply("bn", BatchNorm2d(), net.Input("x", ElementType.Float32, ["N", 3, 4, 4]));
        net.Output("y", net.Sequential("head", x, AdaptiveAvgPool2d(1, 1), Flatten(), Linear(2)));
        var graph = net.Build();
        var merged = graph with
        {
            Nodes = [new("Identity_0", new Identity(), ["bn.bias"], ["bn.running_mean"]), new("Identity_1", new Identity(), ["bn.weight"], ["bn.running_var"]), .. graph.Nodes],
            Initializers = graph.Initializers.Select(static (name, data) => name.StartsWith("bn.running", StringComparison.Ordinal) ? null : data),
        };
        var built = NetworkSource.Resolve(Write("merged.onnx", merged), NoSettings).BuildForTraining(new(3, 4, 4), 2, newHead: false, NetworkEdits.None, seed: 1).Graph;
        Assert.Equal(["bn.running_mean", "bn.running_var"], built.Buffers().Where(built.Initializers.ContainsKey).Order(StringComparer.Ordinal));
        var input = Numbers.Uniform(3, 4, 3, 4, 4);
        Tolerance.Holds(Tolerance.Operator, Runners.Torch(graph, input, training: true), Runners.Torch(built, input, training: true));
    }

    [Fact]
    public void What_is_neither_a_network_nor_a_file_is_told()
    {
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<ToolchainException>(static () => NetworkSource.Resolve("nowhere.onnx", NoSettings)).Kind);
        Assert.StartsWith("Network 'mlpp' is not known. Did you mean 'mlp'?", Assert.Throws<ToolchainException>(static () => NetworkSource.Resolve("mlpp", NoSettings)).Message, StringComparison.Ordinal);
        var path = Write("net.onnx", Convolutional(softmax: false));
        Assert.StartsWith($"--set: {path} is a file, which has no arguments (width).", Assert.Throws<ToolchainException>(() => NetworkSource.Resolve(path, new Dictionary<string, string> { ["width"] = "3" })).Message, StringComparison.Ordinal);
    }

    private static string Refusal(Graph graph) =>
        Assert.Throws<ToolchainException>(() => NetworkSource.Resolve(Write("net.onnx", graph), NoSettings).BuildForTraining(new(1, 4, 4), 16, newHead: false, NetworkEdits.None, seed: 1)).Message;

    private static string Write(string name, Graph graph)
    {
        var path = Session.NewPath(name);
        OnnxFile.Write(graph, path);
        return path;
    }

    private static Graph Convolutional(bool softmax)
    {
        var net = new GraphBuilder("net", seed: 3);
        var x = net.Apply("conv", Conv2d(4, 3), net.Input("x", ElementType.Float32, ["N", 1, "H", "W"]));
        x = net.Apply("relu", ReLU(), x);
        x = net.Apply("flatten", Flatten(), net.Add(new GlobalAveragePool(), [x], "pool"));
        x = net.Apply("fc", Linear(3), x);
        net.Output("y", softmax ? net.Add(new Softmax(), [x], "softmax") : x);
        return net.Build();
    }
}
