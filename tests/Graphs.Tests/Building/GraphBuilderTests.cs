using static Toolchain.Graphs.Layers;

namespace Toolchain.Graphs.Tests.Building;

public sealed class GraphBuilderTests
{
    [Fact]
    public void Scopes_make_the_names_of_nodes_and_parameters()
    {
        var (net, x) = Start();
        x = net.Apply("stem", static (inner, value) => inner.Apply("conv", Conv2d(4, 3), inner.Apply("act", ReLU(), value)), x);
        Assert.Equal("", net.Path);
        net.Output("y", net.Sequential("body", x, Conv2d(4, 1, bias: false), BatchNorm2d()));
        var graph = net.Build();
        Assert.Equal(["stem.act", "stem.conv", "body.0", "body.1"], graph.Nodes.Select(static n => n.Name));
        Assert.Equal(
            ["stem.conv.weight", "stem.conv.bias", "body.0.weight", "body.1.weight", "body.1.bias", "body.1.running_mean", "body.1.running_var"],
            graph.Initializers.Keys);
        Assert.Equal(["body.1.running_mean", "body.1.running_var"], graph.Buffers().Order(StringComparer.Ordinal));
        Assert.Equal(["x", "stem.act"], graph.Nodes.Take(2).Select(static n => n.Inputs[0]));
    }

    [Fact]
    public void A_sequence_may_name_its_layers()
    {
        var (net, x) = Start();
        net.Output("y", net.Apply("net", Sequential(("first", Conv2d(4, 3)), ("act", ReLU())), x));
        Assert.Equal(["net.first", "net.act"], net.Build().Nodes.Select(static n => n.Name));
    }

    [Fact]
    public void A_repeated_layer_has_one_set_of_parameters_and_nodes_of_its_own()
    {
        var (net, x) = Start();
        net.Output("y", net.Repeat("block", Conv2d(3, 3, padding: 1), x, 3));
        var graph = net.Build();
        Assert.Equal(["block.weight", "block.bias"], graph.Initializers.Keys);
        Assert.Equal(["block", "block_1", "block_2"], graph.Nodes.Select(static n => n.Name));
        Assert.All(graph.Nodes, static n => Assert.Equal(["block.weight", "block.bias"], n.Inputs.Skip(1)));
        Assert.Equal(["x", "block", "block_1"], graph.Nodes.Select(static n => n.Inputs[0]));
        _ = GraphTypes.Infer(graph);
    }

    [Fact]
    public void Sharing_ends_with_the_repetition()
    {
        var (net, x) = Start();
        x = net.Repeat("block", Conv2d(3, 1), x, 2);
        var refusal = Assert.Throws<ToolchainException>(() => net.Apply("block", Conv2d(3, 1), x));
        Assert.StartsWith("Two layers are named 'block'.", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_repeated_layer_must_give_what_it_takes()
    {
        var (net, x) = Start();
        var refusal = Assert.Throws<ToolchainException>(() => net.Repeat("block", Conv2d(4, 3), x, 2));
        Assert.Equal("Layer 'block' is repeated with one set of parameters, but its weight is [4, 3, 3, 3] at first and [4, 4, 3, 3] later. A repeated layer must give what it takes.", refusal.Message);
    }

    [Fact]
    public void Two_layers_of_one_name_are_refused()
    {
        var (net, x) = Start();
        x = net.Apply("conv", Conv2d(3, 1), x);
        var refusal = Assert.Throws<ToolchainException>(() => net.Apply("conv", Conv2d(3, 1), x));
        Assert.Equal((ErrorKind.BadInput, "Two layers are named 'conv'. Give each layer a name of its own, or use Repeat to share parameters on purpose."), (refusal.Kind, refusal.Message));
    }

    [Fact]
    public void The_path_is_restored_when_a_layer_fails()
    {
        var (net, x) = Start();
        Assert.Throws<ToolchainException>(() => net.Apply("outer", static (inner, value) => inner.Apply("conv", Conv2d(4, 99), value), x));
        Assert.Equal("", net.Path);
    }

    [Fact]
    public void The_output_takes_its_name_without_another_node()
    {
        var (net, x) = Start();
        net.Output("logits", net.Apply("act", ReLU(), x));
        var node = Assert.Single(net.Build().Nodes);
        Assert.Equal(("act", "logits"), (node.Name, node.Outputs[0]));
    }

    [Fact]
    public void An_output_that_is_read_elsewhere_or_is_the_input_is_passed_on_under_its_name()
    {
        var (net, x) = Start();
        var act = net.Apply("act", ReLU(), x);
        net.Output("y", net.Add(new Add(), [act, x], "sum"));
        net.Output("again", act);
        net.Output("same", x);
        var graph = net.Build();
        Assert.Equal(["Relu", "Add", "Identity", "Identity"], graph.Nodes.Select(static n => n.Op.Type));
        Assert.Equal(["y", "again", "same"], graph.Outputs.Select(static o => o.Name));
        _ = GraphTypes.Infer(graph);
    }

    [Fact]
    public void What_the_builder_knows_of_a_value_is_what_the_whole_graph_says()
    {
        var (net, x) = Start();
        var y = net.Sequential("s", x, Conv2d(8, 3, stride: 2), ReLU(), MaxPool2d(2), Flatten(), Linear(5));
        net.Output("y", y);
        var graph = net.Build();
        Assert.Equal("float32 [N, 5]", y.Type.ToString());
        Assert.Equal(y.Type, GraphTypes.Infer(graph)["y"]);
    }

    [Fact]
    public void The_type_of_a_value_that_no_node_makes_is_an_error()
    {
        var graph = new Graph
        {
            Name = "broken",
            Inputs = [new("x", new(ElementType.Float32, ["N", 4]))],
            Outputs = [new("y", new(ElementType.Float32, ["N", 4]))],
            Nodes = [new("act", new Relu(), ["z"], ["y"])],
            Initializers = OrderedWeights.Empty,
        };
        Assert.Equal("Relu node 'act': input 'z' is not made by any earlier node, and is no input or initializer of the graph.", Fault(graph));
        Assert.Equal("Output 'y' of graph 'broken' is made by no node.", Fault(graph with { Nodes = [] }));
        var good = new Node("act", new Relu(), ["x"], ["y"]);
        Assert.Equal("Two nodes are named 'act'; names must be unique.", Fault(graph with { Nodes = [good, good with { Outputs = ["w"] }] }));
        Assert.Equal("Relu node 'other': value 'y' is made twice.", Fault(graph with { Nodes = [good, good with { Name = "other" }] }));
    }

    private static string Fault(Graph graph) => Assert.Throws<ToolchainException>(() => GraphTypes.Infer(graph)).Message;

    private static (GraphBuilder Net, Value X) Start()
    {
        var net = new GraphBuilder("test");
        return (net, net.Input("x", ElementType.Float32, ["N", 3, 16, 16]));
    }
}
