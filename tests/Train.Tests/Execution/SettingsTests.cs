using Toolchain.Graphs;
using Toolchain.Train.Execution;
using Toolchain.Train.Tests.Support;
using static TorchSharp.torch;

namespace Toolchain.Train.Tests.Execution;

/// <summary>Initializers of imported files that are settings of operators, or numbers of somebody's code, are not trained.</summary>
public sealed class SettingsTests
{
    [Fact]
    public void Bounds_scales_fills_and_plain_numbers_stay_as_they_are()
    {
        var graph = new Graph
        {
            Name = "settings",
            Inputs = [new("x", new(ElementType.Float32, ["N", 2, 4, 4]))],
            Outputs = [new("y", new(ElementType.Float32, null))],
            Nodes =
            [
                new("clip", new Clip(), ["x", "low", "high"], ["clipped"]),
                new("pad", new Pad(), ["clipped", "pads", "fill"], ["padded"]),
                new("resize", new Resize(), ["padded", "", "scales"], ["resized"]),
                new("pow", new Pow(), ["resized", "two"], ["squared"]),
                new("mul", new Mul(), ["squared", "weight"], ["y"]),
            ],
            Initializers = new(new Dictionary<string, TensorData>
            {
                ["low"] = TensorData.Of<float>([-0.5f]),
                ["high"] = TensorData.Scalar(0.5f),
                ["pads"] = TensorData.Of<long>([0, 0, 1, 1, 0, 0, 1, 1]),
                ["fill"] = TensorData.Scalar(0.25f),
                ["scales"] = TensorData.Of<float>([1, 1, 2, 2]),
                ["two"] = TensorData.Scalar(2f),
                ["weight"] = TensorData.Of<float>([1, 3], 2, 1, 1),
            }),
        };

        using var network = new GraphExecutor(graph, CPU) { Training = true };
        using var scope = NewDisposeScope();
        Assert.Equal(["weight"], network.Weights.Parameters.Keys);
        var output = network.Forward(Numbers.Uniform(1, 3, 2, 4, 4).ToTensor());
        Assert.Equal([3, 2, 12, 12], output.shape);
        output.sum().backward();
        Assert.NotNull(network.Weights.Parameters["weight"].grad);
    }

    [Fact]
    public void The_norm_of_nothing_but_zeros_has_the_gradient_zero()
    {
        var net = new GraphBuilder("norm");
        net.Output("y", net.Add(new ReduceL2([1]), [net.Input("x", ElementType.Float32, ["N", 3])], "op"));
        using var network = new GraphExecutor(net.Build(), CPU);
        using var scope = NewDisposeScope();
        var input = TensorData.Of<float>([0, 0, 0, 3, 0, -4], 2, 3).ToTensor().requires_grad_();
        var output = network.Forward(input);
        Assert.Equal([0, 5], output.ToTensorData().Values<float>().ToArray());
        output.sum().backward();
        Assert.Equal([0, 0, 0, 0.6f, 0, -0.8f], input.grad!.ToTensorData().Values<float>().ToArray());
    }
}
