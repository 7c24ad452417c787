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
    public void A_type_that_is_stated_otherwise_than_it_is_made_is_a_problem()
    {
        var stated = new Dictionary<string, TensorType> { ["conv"] = new(ElementType.Float32, ["N", 4, 3, 2]), ["relu"] = new(ElementType.Float32, ["N", 4, 3, 3]) };
        Assert.Equal(["value 'conv' is declared float32 [N, 4, 3, 2], and the nodes make float32 [N, 4, 3, 3]"], Structure.Problems(Sound, stated));
        Assert.Empty(Structure.Contradictions(Sound, stated, 17));
        Assert.Single(Structure.Contradictions(Sound, new Dictionary<string, TensorType> { ["conv"] = new(ElementType.Float32, ["N", 4]) }, 17));
        Assert.Single(Structure.Contradictions(Sound, new Dictionary<string, TensorType> { ["conv"] = new(ElementType.Float16, null) }, 17));
    }

    [Fact]
    public void An_operator_that_ONNX_does_not_have_is_a_problem_unless_it_is_in_a_domain_of_its_own()
    {
        static Graph With(Operator op) => new Sketch().Node("odd", op, "x").Output("odd", ["N", 3]).Build();
        Assert.Equal(["Odd node 'odd' is of no operator that ONNX has at opset 17; an operator of one's own needs a domain of its own"], Structure.Problems(With(new Foreign("Odd", "", []))));
        Assert.Equal(["Upsample node 'odd' is of no operator that ONNX has at opset 12; an operator of one's own needs a domain of its own"], Structure.Problems(With(new Foreign("Upsample", "", []) { Opset = 12 })));
        Assert.Empty(Structure.Problems(With(new Foreign("Celu", "", []))));
        Assert.Empty(Structure.Problems(With(new Foreign("Odd", "com.example", []))));
    }

    [Theory]
    [InlineData("Sqrt", ElementType.Int64, "Sqrt node 'op' takes no int64 as input 0")]
    [InlineData("Celu", ElementType.Float64, "Celu node 'op' takes no float64 as input 0")]
    [InlineData("Sqrt", ElementType.Float64, null)]
    public void An_element_type_that_an_operator_does_not_take_is_a_problem(string type, ElementType element, string? expected)
    {
        var graph = Sound with
        {
            Inputs = [new("x", new(element, ["N", 3]))],
            Nodes = [new("op", OperatorTable.Read("op", type, "", []), ["x"], ["y"])],
            Initializers = OrderedWeights.Empty,
            Outputs = [new("y", new(element, ["N", 3]))],
        };
        Assert.Equal(expected is null ? [] : [expected], Structure.Problems(graph));
    }

    [Fact]
    public void Inputs_of_two_types_where_an_operator_takes_one_are_a_problem()
    {
        var graph = Sound with
        {
            Nodes = [new("op", new Pow(), ["x", "w"], ["p"]), new("dot", new MatMul(), ["x", "i"], ["y"])],
            Initializers = new([new("w", TensorData.Of<long>([2])), new("i", TensorData.Of<long>([1, 2, 3, 4, 5], 5, 1))]),
            Outputs = [new("y", new(ElementType.Float32, null))],
        };
        Assert.Contains("MatMul node 'dot' takes inputs 0 and 1 of one type, found float32 and int64", Structure.Problems(graph with { Outputs = [new("y", new(ElementType.Float32, ["N", 3, 5, 1]))] }));
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
