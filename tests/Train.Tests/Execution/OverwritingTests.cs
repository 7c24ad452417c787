using Toolchain.Graphs;
using Toolchain.Train.Execution;
using Toolchain.Train.Tests.Support;
using TorchSharp;
using static Toolchain.Graphs.Layers;
using static TorchSharp.torch;

namespace Toolchain.Train.Tests.Execution;

/// <summary>Sums and rectifiers take the place of inputs that nobody needs any more, and of no others.</summary>
public sealed class OverwritingTests
{
    [Fact]
    public void A_rectifier_behind_a_normalisation_takes_its_place()
    {
        var graph = Build(static (net, x) => net.Apply("relu", ReLU(), net.Apply("bn", BatchNorm2d(), net.Apply("conv", Conv2d(3, kernel: 3), x))));
        Assert.Equal([("relu", 1)], Spent(graph));
    }

    [Fact]
    public void A_sum_takes_the_place_of_the_branch_that_ends_in_it()
    {
        var graph = Build(static (net, x) =>
        {
            var y = net.Apply("conv2", Conv2d(3, kernel: 1), x = net.Apply("tanh", Tanh(), net.Apply("conv1", Conv2d(3, kernel: 1), x)));
            return net.Apply("relu", ReLU(), net.Add(new Add(), [x, y], "add"));
        });
        Assert.Equal([("add", 2), ("relu", 3)], Spent(graph));
    }

    [Fact]
    public void What_is_read_twice_stays()
    {
        var graph = Build(static (net, x) =>
        {
            var y = net.Apply("conv", Conv2d(3, kernel: 1), x);
            return net.Add(new Mul(), [net.Apply("relu", ReLU(), y), y], "mul");
        });
        Assert.Empty(Spent(graph));
    }

    [Fact]
    public void What_backward_needs_stays()
    {
        var graph = Build(static (net, x) => net.Apply("relu", ReLU(), net.Apply("tanh", Tanh(), net.Apply("conv", Conv2d(3, kernel: 1), x))));
        Assert.Empty(Spent(graph));
    }

    [Fact]
    public void What_is_smaller_than_the_sum_stays()
    {
        var graph = Build(static (net, x) => net.Add(new Add(), [net.Apply("pool", AdaptiveAvgPool2d(1, 1), x), net.Apply("conv", Conv2d(1, kernel: 1), x)], "add"));
        Assert.Empty(Spent(graph));
    }

    [Fact]
    public void Inputs_of_the_graph_and_its_outputs_stay()
    {
        var net = new GraphBuilder("outputs");
        var x = net.Input("x", ElementType.Float32, ["N", 3, 4, 4]);
        var y = net.Apply("conv", Conv2d(3, kernel: 1), x);
        var last = net.Apply("last", ReLU(), y);
        net.Output("z", net.Apply("first", ReLU(), x));
        net.Output("w", last);
        net.Output("y", y);
        Assert.Empty(Spent(net.Build()));
    }

    [Fact]
    public void What_somebody_looks_at_stays_as_it_is()
    {
        var graph = Build(static (net, x) => net.Apply("relu", ReLU(), net.Apply("conv", Conv2d(3, kernel: 3), x)));
        using var scope = NewDisposeScope();
        using var network = new GraphExecutor(graph, CPU);
        var input = Numbers.Uniform(3, 2, 3, 6, 6).ToTensor();
        var watched = new Dictionary<string, Tensor> { ["conv"] = empty(0) };
        var rectified = network.Forward(input, watched);
        Assert.True(watched["conv"].min().item<float>() < 0, "the convolution has negative values");
        Assert.Equal(0, rectified.min().item<float>());
        Tolerance.Holds(0, rectified.ToTensorData(), network.Forward(input).ToTensorData());
    }

    private static Graph Build(Layer layer)
    {
        var net = new GraphBuilder("overwriting");
        net.Output("y", net.Apply("last", Tanh(), layer(net, net.Input("x", ElementType.Float32, ["N", 3, 8, 8]))));
        return net.Build();
    }

    private static IEnumerable<(string Node, int Maker)> Spent(Graph graph)
    {
        using var network = new GraphExecutor(graph, CPU);
        return [.. network.Steps.SelectMany(static s => s.Spent.Select(spent => (s.Node.Name, spent.Maker)))];
    }
}
