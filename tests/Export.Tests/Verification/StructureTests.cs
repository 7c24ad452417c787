using Toolchain.Export.Tests.Support;
using Toolchain.Export.Verification;

namespace Toolchain.Export.Tests.Verification;

public sealed class StructureTests
{
    private static readonly Graph Sound = new Sketch().Weight("w", 4, 3, 3, 3).Node("conv", new Conv(), "x", "w").Node("relu", new Relu(), "conv").Output("relu").Build();

    [Fact]
    public void A_sound_graph_has_no_problems() => Assert.Empty(Structure.Problems(Sound));

    [Fact]
    public void Every_problem_is_reported_at_once()
    {
        var graph = Sound with
        {
            Nodes = [Sound.Nodes[1], Sound.Nodes[0], Sound.Nodes[0], new("again", new Relu(), ["x"], ["relu"])],
            Outputs = [.. Sound.Outputs, new("nowhere", new(ElementType.Float32, null))],
        };
        Assert.Equal(
            [
                "Relu node 'relu' reads 'conv', which nothing before it makes",
                "two nodes are named 'conv'",
                "Conv node 'conv' makes 'conv', which was made before",
                "Relu node 'again' makes 'relu', which was made before",
                "output 'nowhere' is made by nothing",
                "output 'nowhere' has no shape",
            ],
            Structure.Problems(graph));
    }

    [Fact]
    public void A_weight_with_the_name_of_an_input_is_a_problem() =>
        Assert.Contains("initializer 'x' has the name of an input", Structure.Problems(Sound with { Initializers = new([.. Sound.Initializers, new("x", TensorData.Scalar(1f))]) }));

    [Fact]
    public void An_output_that_is_declared_otherwise_than_it_is_made_is_a_problem()
    {
        var declared = Sound with { Outputs = [new("relu", new(ElementType.Float32, ["N", 7, 3, 3]))] };
        Assert.Equal(["output 'relu' is declared float32 [N, 7, 3, 3], and the nodes make float32 [N, 4, 3, 3]"], Structure.Problems(declared));
    }

    [Fact]
    public void Inputs_that_do_not_fit_an_operator_are_a_problem_that_names_the_node()
    {
        var graph = Sound with { Initializers = new([new("w", RandomData.Floats([4, 2, 3, 3]))]) };
        Assert.Equal(["Conv node 'conv': the weight expects 2 input channels, found 3 in [N, 3, 5, 5]"], Structure.Problems(graph));
    }

    [Fact]
    public void An_empty_name_is_a_problem() =>
        Assert.Equal(["a value, a node or the graph has an empty name"], Structure.Problems(Sound with { Name = "" }));

    [Fact]
    public void What_stands_behind_a_foreign_operator_need_not_be_known()
    {
        var graph = new Sketch().Node("odd", new Foreign("Odd", "my.domain", []), "x").Node("relu", new Relu(), "odd").Output("relu", ["N", 3]).Build();
        Assert.Empty(Structure.Problems(graph));
    }
}
