using Toolchain.Graphs;
using Toolchain.Train.Execution;
using Toolchain.Train.Tests.Support;
using static TorchSharp.torch;

namespace Toolchain.Train.Tests.Execution;

/// <summary>What the executor does not take it refuses, naming the node.</summary>
public sealed class RefusalTests
{
    [Fact]
    public void Operators_that_are_not_known_are_all_named_before_anything_runs()
    {
        Node[] nodes = [.. Enumerable.Range(0, 7).Select(static i => new Node($"act{i}", new Foreign("Celu", "", []), [i == 0 ? "x" : $"v{i - 1}"], [i == 6 ? "y" : $"v{i}"]))];
        var refusal = Assert.Throws<ToolchainException>(() => new GraphExecutor(Graph(nodes), CPU));
        Assert.Equal(ErrorKind.BadInput, refusal.Kind);
        Assert.Equal(
            "Graph 'g' cannot be trained: it has operators that the trainer does not know: Celu node 'act0', Celu node 'act1', Celu node 'act2', Celu node 'act3', Celu node 'act4' and 2 more. It can still be exported and served.",
            refusal.Message);
    }

    [Fact]
    public void Two_inputs_are_refused_by_name()
    {
        var graph = Graph(new Node("sum", new Add(), ["x", "z"], ["y"]));
        var refusal = Assert.Throws<ToolchainException>(() => new GraphExecutor(graph with { Inputs = [.. graph.Inputs, graph.Inputs[0] with { Name = "z" }] }, CPU));
        Assert.Equal("Graph 'g' cannot be trained: it has 2 inputs (x, z), and training needs exactly one. It can still be exported and served.", refusal.Message);
    }

    [Fact]
    public void Windows_over_volumes_are_refused()
    {
        var graph = Graph(new Node("op", new MaxPool([2, 2, 2]), ["x"], ["y"]));
        graph = graph with { Inputs = [new("x", new(ElementType.Float32, ["N", 2, 4, 4, 4]))] };
        using var network = new GraphExecutor(graph, CPU);
        using var scope = NewDisposeScope();
        var refusal = Assert.Throws<ToolchainException>(() => network.Forward(ones([1, 2, 4, 4, 4])));
        Assert.Equal("MaxPool node 'op' cannot be trained: it has 3 spatial axes; 1 and 2 are supported.", refusal.Message);
    }

    [Fact]
    public void A_failed_pass_leaves_the_executor_usable()
    {
        var graph = OperatorCases.Find("Conv plain").Graph();
        using var network = new GraphExecutor(graph, CPU);
        using var scope = NewDisposeScope();
        Assert.ThrowsAny<Exception>(() => network.Forward(ones(1, 3, 6, 6)));
        Assert.Equal([1, 5, 4, 4], network.Forward(ones(1, 4, 6, 6)).shape);
    }

    private static Graph Graph(params Node[] nodes) => new()
    {
        Name = "g",
        Inputs = [new("x", new(ElementType.Float32, ["N", 2, 4, 4]))],
        Outputs = [new("y", new(ElementType.Float32, ["N", 2, "H", "W"]))],
        Nodes = nodes.ToEquatableArray(),
        Initializers = OrderedWeights.Empty,
    };
}
