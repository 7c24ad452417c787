using Toolchain.Graphs.Editing;
using Toolchain.Networks;
using static Toolchain.Graphs.Layers;

namespace Toolchain.Graphs.Tests.Editing;

public sealed class NetworkEditsTests
{
    [Fact]
    public void A_replaced_layer_takes_the_place_and_the_name_of_the_old_one()
    {
        var graph = Mlp();
        var edited = Apply(graph, "relu1=LeakyReLU(0.1)");
        Assert.Equal(graph.Nodes.Select(static n => n.Name), edited.Graph.Nodes.Select(static n => n.Name));
        Assert.Equal(new LeakyRelu(0.1f), edited.Graph.Nodes[2].Op);
        Assert.Equal(graph.Initializers.Keys, edited.Graph.Initializers.Keys);
        Assert.Same(graph.Initializers["fc1.weight"], edited.Graph.Initializers["fc1.weight"]);
        Assert.Equal(["relu1: Relu → LeakyReLU(0.1)"], edited.Changes);
        Assert.Equal(["Flatten", "Gemm", "Relu", "Gemm"], graph.Nodes.Select(static n => n.Op.Type));
    }

    [Fact]
    public void New_parameters_are_named_under_the_layer_and_follow_from_the_seed()
    {
        var edited = Apply(Mlp(), "relu1=Sequential(Tanh(), Linear(32), ReLU())", "fc2=Linear(7)").Graph;
        Assert.Equal(["flatten", "fc1", "relu1.0", "relu1.1", "relu1.2", "fc2"], edited.Nodes.Select(static n => n.Name));
        Assert.Equal(["fc1.weight", "fc1.bias", "relu1.1.weight", "relu1.1.bias", "fc2.weight", "fc2.bias"], edited.Initializers.Keys);
        Assert.Equal("[7, 32]", edited.Initializers["fc2.weight"].Dimensions.ToString());
        Assert.Equal("logits float32 [N, 7]", $"{edited.Outputs[0].Name} {edited.Outputs[0].Type}");

        // The builder makes the same values for a parameter of the same name and seed.
        var alone = new GraphBuilder("alone", 5);
        alone.Apply("fc2", Linear(7), alone.Input("x", ElementType.Float32, ["N", 32]));
        Assert.True(alone.Build().Initializers["fc2.weight"].ContentEquals(edited.Initializers["fc2.weight"]));
    }

    [Fact]
    public void A_removed_layer_passes_its_input_on()
    {
        var edited = Edits(new GraphEdit.Remove("relu1")).Apply(Mlp(), 0);
        Assert.Equal(["flatten", "fc1", "fc2"], edited.Graph.Nodes.Select(static n => n.Name));
        Assert.Equal("fc1", edited.Graph.Nodes[2].Inputs[0]);
        Assert.Equal(["relu1: Relu → removed"], edited.Changes);
    }

    [Fact]
    public void Removing_the_last_layer_leaves_the_outputs_name()
    {
        var edited = Edits(new GraphEdit.Remove("fc2")).Apply(Mlp(), 0).Graph;
        Assert.Equal(["logits"], edited.Nodes[^1].Outputs);
        Assert.Equal("logits float32 [N, 16]", $"{edited.Outputs[0].Name} {edited.Outputs[0].Type}");
        Assert.Equal(["fc1.weight", "fc1.bias"], edited.Initializers.Keys);

        var net = new GraphBuilder("short");
        net.Output("y", net.Apply("act", ReLU(), net.Input("x", ElementType.Float32, ["N", 4])));
        Assert.Equal(["Identity"], Edits(new GraphEdit.Remove("act")).Apply(net.Build(), 0).Graph.Nodes.Select(static n => n.Op.Type));
    }

    [Fact]
    public void A_block_is_named_by_the_beginning_of_its_names()
    {
        var edited = Edits(new GraphEdit.Remove("resblocks.1")).Apply(ResBlocks("blocks=3"), 0);
        Assert.DoesNotContain(edited.Graph.Nodes, static n => n.Name.StartsWith("resblocks.1.", StringComparison.Ordinal));
        Assert.DoesNotContain(edited.Graph.Initializers.Keys, static k => k.StartsWith("resblocks.1.", StringComparison.Ordinal));
        Assert.Contains("resblocks.2.conv.weight", edited.Graph.Initializers.Keys);
        Assert.Equal(["resblocks.1: 4 nodes → removed"], edited.Changes);
        Assert.Equal(["conv1", "relu1", "pool1", "pool2", "flatten", "fc1", "tanh1", "fc2"], Edits(new GraphEdit.Remove("resblocks")).Apply(ResBlocks("blocks=3"), 0).Graph.Nodes.Select(static n => n.Name));
    }

    [Fact]
    public void All_uses_of_a_repeated_layer_change_and_share_the_new_parameters()
    {
        var graph = ResBlocks("blocks=4,shared=true");
        var edited = Apply(graph, "resblocks.0.conv=Conv2d(4, kernel_size=1)", "resblocks.0.relu=Tanh").Graph;
        Assert.Equal(4, edited.Nodes.Count(static n => n.Op is Tanh) - graph.Nodes.Count(static n => n.Op is Tanh));
        Assert.Equal(graph.Nodes.Select(static n => n.Name), edited.Nodes.Select(static n => n.Name));
        Assert.Equal("[4, 4, 1, 1]", edited.Initializers["resblocks.0.conv.weight"].Dimensions.ToString());
        Assert.All(edited.Nodes.Where(static n => n.Op is Conv && n.Name != "conv1"), static n => Assert.Equal(["resblocks.0.conv.weight", "resblocks.0.conv.bias"], n.Inputs.Skip(1)));

        // One use alone has its own name.
        var one = Apply(graph, "resblocks.0.relu_2=Tanh").Graph;
        Assert.Equal("Tanh", one.Nodes.Single(static n => n.Name == "resblocks.0.relu_2").Op.Type);
        Assert.Equal(3, one.Nodes.Count(static n => n.Op is Relu && n.Name != "relu1"));

        Assert.Equal(8, Edits(new GraphEdit.Remove("resblocks.0")).Apply(graph, 0).Graph.Nodes.Count);
    }

    [Fact]
    public void A_layer_that_is_used_twice_in_a_block_changes_twice_and_leaves_the_block_whole()
    {
        var net = new GraphBuilder("twice");
        var x = net.Input("x", ElementType.Float32, ["N", 4, 8, 8]);
        var y = net.Apply("block", static (inner, value) =>
        {
            var z = inner.Apply("relu", ReLU(), inner.Apply("conv1", Conv2d(4, 3, padding: 1), value));
            z = inner.Apply("conv2", Conv2d(4, 3, padding: 1), z);
            return inner.Apply("relu", ReLU(), inner.Add(new Add(), [z, value], "add"));
        }, x);
        net.Output("y", net.Apply("last", Tanh(), y));
        var graph = net.Build();
        Assert.Equal(2, Apply(graph, "block.relu=Sigmoid").Graph.Nodes.Count(static n => n.Op is Sigmoid));
        Assert.Equal(["last"], Edits(new GraphEdit.Remove("block")).Apply(graph, 0).Graph.Nodes.Select(static n => n.Name));
    }

    [Fact]
    public void Layers_that_depend_on_each_other_may_change_together_in_any_order()
    {
        var edited = Apply(ResBlocks("blocks=1"), "resblocks.0.batch_norm=Identity", "fc2=Linear(10)", "fc1=Linear(9)", "resblocks.0.conv=Conv2d(6, 3, padding=1, bias=False)", "conv1=Conv2d(6, 5, padding=2)").Graph;
        Assert.Equal("[6, 1, 5, 5]", edited.Initializers["conv1.weight"].Dimensions.ToString());
        Assert.Equal("[6, 6, 3, 3]", edited.Initializers["resblocks.0.conv.weight"].Dimensions.ToString());
        Assert.Equal(["conv1.weight", "conv1.bias", "resblocks.0.conv.weight", "fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"], edited.Initializers.Keys);
    }

    [Fact]
    public void Another_number_of_classes_is_another_head()
    {
        var edited = Edits(new GraphEdit.Classes(3)).Apply(Mlp(), 5);
        Assert.Equal(("[3, 16]", "[3]"), (edited.Graph.Initializers["fc2.weight"].Dimensions.ToString(), edited.Graph.Initializers["fc2.bias"].Dimensions.ToString()));
        Assert.Equal("float32 [N, 3]", edited.Graph.Outputs[0].Type.ToString());
        Assert.Equal(["fc2: 10 → 3 classes, new fc2.weight and fc2.bias"], edited.Changes);
        Assert.True(NetworkCatalog.Get("mlp").Build(new(1, 4, 4), 3, Hidden, 5).Initializers["fc2.weight"].ContentEquals(edited.Graph.Initializers["fc2.weight"]));
    }

    [Fact]
    public void The_head_is_found_behind_pooling_activations_and_softmax()
    {
        var net = new GraphBuilder("convolutional");
        var x = net.Apply("head", Conv2d(10, 1), net.Input("x", ElementType.Float32, ["N", 8, 4, 4]));
        x = net.Apply("flat", Sequential(ReLU(), AdaptiveAvgPool2d(1, 1), Flatten()), x);
        net.Output("y", net.Add(new Softmax(1), [x], "softmax"));
        Assert.Equal("float32 [N, 3]", Edits(new GraphEdit.Classes(3)).Apply(net.Build(), 0).Graph.Outputs[0].Type.ToString());

        // As some exporters write a linear layer: a product and a sum.
        var split = new GraphBuilder("split");
        var y = split.Input("x", ElementType.Float32, ["N", 8]);
        y = split.Add(new MatMul(), [y, split.Parameter("w", [8, 10], Initialization.Zeros)], "product");
        split.Output("y", split.Add(new Add(), [split.Parameter("b", [10], Initialization.Zeros), y], "sum"));
        var edited = Edits(new GraphEdit.Classes(3)).Apply(split.Build(), 0);
        Assert.Equal(("[8, 3]", "[3]"), (edited.Graph.Initializers["w"].Dimensions.ToString(), edited.Graph.Initializers["b"].Dimensions.ToString()));
    }

    [Theory]
    [InlineData("rellu1=Tanh", "Graph 'mlp' has no layer 'rellu1'. Did you mean 'relu1'? See its layers: train describe.")]
    [InlineData("relu1=Linear(9)", "After the change (relu1: Relu → Linear(9)) a layer no longer fits: Gemm node 'fc2': the weight expects 16 features, found 9 in [N, 9]. Replace or remove it too, or choose sizes that leave its input as it was.")]
    [InlineData("relu1=Conv2d(8, 3)", "Conv2d(8, 3) does not fit in the place of 'relu1': Layer 'relu1': a 2-D convolution with 1 groups needs an input [N, C, H, W] whose C they divide, found [N, 16].")]
    [InlineData("relu1", "A replacement is written NAME=LAYER, for example relu1=LeakyReLU(0.1); found 'relu1'.")]
    [InlineData("=Tanh", "A replacement is written NAME=LAYER")]
    public void What_does_not_fit_is_told(string replacement, string message)
    {
        var refusal = Assert.Throws<ToolchainException>(() => Apply(Mlp(), replacement));
        Assert.Equal((ErrorKind.Usage, message), (refusal.Kind, refusal.Message[..Math.Min(refusal.Message.Length, message.Length)]));
    }

    [Fact]
    public void Changed_channels_are_refused_by_the_first_layer_that_reads_them()
    {
        var refusal = Assert.Throws<ToolchainException>(static () => Apply(ResBlocks("blocks=1"), "resblocks.0.conv=Conv2d(6, 3, padding=1)"));
        Assert.Contains("a layer no longer fits: BatchNormalization node 'resblocks.0.batch_norm': input 1 must have one value per channel, [6], found [4].", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_layer_with_two_inputs_cannot_go_alone()
    {
        var refusal = Assert.Throws<ToolchainException>(static () => Edits(new GraphEdit.Remove("resblocks.0.add")).Apply(ResBlocks("blocks=1"), 0));
        Assert.Equal("Layer 'resblocks.0.add' cannot be replaced or removed: it takes 'resblocks.0.relu', 'pool1' and gives 'resblocks.0.add', and only a layer or block with one input and one output can. Name the whole block, or a layer in it.", refusal.Message);
    }

    [Fact]
    public void A_layer_is_changed_once()
    {
        var refusal = Assert.Throws<ToolchainException>(static () => new NetworkEdits([GraphEdit.Replace.Parse("resblocks.0.relu=Tanh"), new GraphEdit.Remove("resblocks.0")]).Apply(ResBlocks("blocks=1"), 0));
        Assert.Equal("Layer 'resblocks.0.relu' is changed twice, by 'replace resblocks.0.relu=Tanh()' and by 'remove resblocks.0'. Change each layer once.", refusal.Message);
    }

    [Fact]
    public void A_graph_without_a_layer_of_weights_has_no_head()
    {
        var net = new GraphBuilder("plain");
        net.Output("y", net.Apply("act", ReLU(), net.Input("x", ElementType.Float32, ["N", 4])));
        Assert.StartsWith("Graph 'plain' has no head that could be replaced", Assert.Throws<ToolchainException>(() => Edits(new GraphEdit.Classes(3)).Apply(net.Build(), 0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_changes_have_a_text_for_manifests() =>
        Assert.Equal(
            ["replace relu1=LeakyReLU(0.1)", "remove fc2", "classes 3"],
            new NetworkEdits([GraphEdit.Replace.Parse("relu1 = LeakyReLU(0.1)"), new GraphEdit.Remove("fc2"), new GraphEdit.Classes(3)]).Text);

    [Fact]
    public void Weights_that_an_exporter_stored_once_become_the_layers_own()
    {
        var net = new GraphBuilder("aliases");
        var x = net.Input("x", ElementType.Float32, ["N", 4, 2, 2]);
        net.Output("y", net.Sequential("s", x, BatchNorm2d(), BatchNorm2d()));
        var graph = net.Build();
        var merged = graph with
        {
            Nodes = [new("Identity_0", new Identity(), ["s.0.running_mean"], ["s.1.running_mean"]), .. graph.Nodes],
            Initializers = graph.Initializers.Select(static (name, data) => name == "s.1.running_mean" ? null : data),
        };
        Assert.DoesNotContain("s.1.running_mean", merged.Initializers.Keys);
        var separate = WeightAliases.Separate(merged);
        Assert.Equal(graph.Nodes, separate.Nodes);
        Assert.Equal(graph.Initializers.Keys.Order(StringComparer.Ordinal), separate.Initializers.Keys.Order(StringComparer.Ordinal));
        Assert.Contains("s.1.running_mean", separate.Buffers());
        Assert.Same(graph, WeightAliases.Separate(graph));
    }

    [Fact]
    public void Changes_come_back_from_their_text()
    {
        var edits = Edits(GraphEdit.Replace.Parse("relu1=Sequential(Linear(6, bias=False), LeakyReLU(0.1))"), new GraphEdit.Remove("bn1"), new GraphEdit.Classes(3));
        Assert.Equal(edits.Text, NetworkEdits.Parse(edits.Text).Text);
        Assert.Equal(ErrorKind.Usage, Assert.Throws<ToolchainException>(static () => NetworkEdits.Parse(["rename a=b"])).Kind);
    }

    private static NetworkArguments Hidden => NetworkArguments.Of(NetworkCatalog.Get("mlp"), new Dictionary<string, string> { ["hidden"] = "16" });

    private static Graph Mlp() => NetworkCatalog.Get("mlp").Build(new(1, 4, 4), 10, Hidden);

    private static Graph ResBlocks(string settings)
    {
        var network = NetworkCatalog.Get("resblocks");
        var set = $"width=4,{settings}".Split(',').Select(static s => s.Split('=')).ToDictionary(static p => p[0], static p => p[1]);
        return network.Build(new(1, 8, 8), 10, NetworkArguments.Of(network, set));
    }

    private static NetworkEdits Edits(params GraphEdit[] edits) => new(edits.ToEquatableArray());

    private static EditedGraph Apply(Graph graph, params string[] replacements) => Edits([.. replacements.Select(GraphEdit.Replace.Parse)]).Apply(graph, 5);
}
