using Toolchain.Graphs;
using Toolchain.Train.Execution;
using static TorchSharp.torch;

namespace Toolchain.Train.Tests.Execution;

/// <summary>Training through 8-bit integers: the forward pass rounds, the backward pass does not.</summary>
public sealed class QuantizationTests
{
    [Fact]
    public void Gradients_pass_rounding_as_they_are_and_saturation_not_at_all()
    {
        // int8 in steps of 0.1 around 100: from −22.8 to 2.7.
        using var network = new GraphExecutor(Rounding(TensorData.Scalar(0.1f), TensorData.Scalar((sbyte)100)), CPU) { Training = true };
        using var scope = NewDisposeScope();
        var input = TensorData.Of<float>([-30, -22.83f, -0.06f, 0.34f, 2.66f, 2.9f], 1, 6).ToTensor().requires_grad_();
        var factors = TensorData.Of<float>([1, 2, 3, 4, 5, 6], 1, 6);

        var output = network.Forward(input);
        output.mul(factors.ToTensor()).sum().backward();

        Close([-22.8f, -22.8f, -0.1f, 0.3f, 2.7f, 2.7f], output.ToTensorData());
        Close([0, 2, 3, 4, 5, 0], input.grad!.ToTensorData());
    }

    [Fact]
    public void Weights_that_are_integers_are_evaluated_and_not_trained()
    {
        var graph = new Graph
        {
            Name = "g",
            Inputs = [new("x", new(ElementType.Float32, ["N", 2]))],
            Outputs = [new("y", new(ElementType.Float32, ["N", 1]))],
            Nodes = [new("weight", new DequantizeLinear(), ["stored", "scale"], ["w"]), new("y", new MatMul(), ["x", "w"], ["y"])],
            Initializers = new([new("stored", TensorData.Of<sbyte>([3, -4], 2, 1)), new("scale", TensorData.Scalar(0.5f))]),
        };
        using var network = new GraphExecutor(graph, CPU);
        using var scope = NewDisposeScope();
        var input = TensorData.Of<float>([2, 1], 1, 2);
        Close([1], network.Forward(input.ToTensor()).ToTensorData());

        network.Training = true;
        var refusal = Assert.Throws<ToolchainException>(() => network.Forward(input.ToTensor()));
        Assert.Equal("DequantizeLinear node 'weight' cannot be trained: it has weights that are integers; train the model that it was quantised from.", refusal.Message);
    }

    private static Graph Rounding(TensorData scale, TensorData zero)
    {
        var net = new GraphBuilder("g");
        var x = net.Input("x", ElementType.Float32, ["N", 6]);
        Value[] steps = [net.Constant("scale", scale), net.Constant("zero", zero)];
        net.Output("y", net.Add(new DequantizeLinear(), [net.Add(new QuantizeLinear(), [x, .. steps]), .. steps]));
        return net.Build();
    }

    private static void Close(float[] expected, TensorData actual)
    {
        var found = actual.Values<float>().ToArray();
        Assert.Equal(expected.Length, found.Length);
        Assert.All(expected.Zip(found), static pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
    }
}
