using static Toolchain.Graphs.Layers;

namespace Toolchain.Graphs.Tests.Building;

/// <summary>The notes' ways to put layers together give the names that PyTorch's containers give.</summary>
public sealed class ContainerTests
{
    private static readonly string[] Numbered = ["net.0.weight", "net.0.bias", "net.2.weight", "net.2.bias"];

    [Fact]
    public void A_sequence_numbers_its_layers() =>
        Assert.Equal(Numbered, Names(static (net, x) => net.Sequential("net", x, Linear(8), ReLU(), Linear(2))));

    [Fact]
    public void A_sequence_of_named_layers_takes_their_names() => Assert.Equal(
        ["net.fc1.weight", "net.fc1.bias", "net.fc2.weight", "net.fc2.bias"],
        Names(static (net, x) => net.Apply("net", Sequential(("fc1", Linear(8)), ("relu1", ReLU()), ("fc2", Linear(2))), x)));

    [Fact]
    public void A_list_numbers_its_layers_and_leaves_their_use_to_the_network()
    {
        Assert.Equal(Numbered, Names(static (net, x) => new ModuleList("net", Linear(8), ReLU(), Linear(2)).Aggregate(x, (value, layer) => layer(net, value))));

        // Branches, each of the same input; the second is not used, and has no parameters then.
        Assert.Equal(["net.0.weight", "net.0.bias", "net.2.weight", "net.2.bias"], Names(static (net, x) =>
        {
            var branches = new ModuleList("net", Linear(2), Linear(9), Linear(2));
            Assert.Equal(3, branches.Count);
            return net.Add(new Add(), [branches[0](net, x), branches[2](net, x)], "sum");
        }));
    }

    [Fact]
    public void A_dictionary_names_its_layers()
    {
        Assert.Equal(["net.linear.weight", "net.linear.bias"], Names(static (net, x) =>
        {
            var layers = new ModuleDict("net", ("linear", Linear(2)), ("act", ReLU()));
            Assert.Equal(["linear", "act"], layers.Keys);
            return layers["act"](net, layers["linear"](net, x));
        }));
        Assert.Equal(
            "Layers 'net' have no 'activation'; they have linear, act.",
            Assert.Throws<ToolchainException>(static () => new ModuleDict("net", ("linear", Linear(2)), ("act", ReLU()))["activation"]).Message);
    }

    [Fact]
    public void A_block_is_a_function_and_is_named_where_it_stands()
    {
        Assert.Equal(
            ["stage.0.fc.weight", "stage.0.fc.bias", "stage.1.inner.0.fc.weight", "stage.1.inner.0.fc.bias"],
            Names(static (net, x) => net.Sequential("stage", x, Block, static (inner, y) => new ModuleList("inner", Block)[0](inner, y))));

        static Value Block(GraphBuilder net, Value x) => net.Add(new Add(), [net.Apply("fc", Linear((int)x.Channels), x), x], "add");
    }

    [Fact]
    public void One_layer_applied_twice_is_refused_unless_it_is_repeated_on_purpose()
    {
        static Value Twice(GraphBuilder net, Value x)
        {
            var list = new ModuleList("net", Linear(4));
            return list[0](net, list[0](net, x));
        }

        var refusal = Assert.Throws<ToolchainException>(static () => Names(Twice));
        Assert.Equal("Two layers are named 'net.0'. Give each layer a name of its own, or use Repeat to share parameters on purpose.", refusal.Message);
    }

    private static IEnumerable<string> Names(Layer layer)
    {
        var net = new GraphBuilder("test");
        net.Output("y", layer(net, net.Input("x", ElementType.Float32, ["N", 4])));
        return net.Build().Initializers.Keys;
    }
}
