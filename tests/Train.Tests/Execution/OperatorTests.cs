using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Train.Execution;
using Toolchain.Train.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Tests.Execution;

/// <summary>Each operator in libtorch and in ONNX Runtime, and its gradients against difference quotients.</summary>
public sealed class OperatorTests
{
    private const float Nudge = 2e-3f;

    public static TheoryData<string> Cases() => new(OperatorCases.All.Select(static c => c.Name));

    public static TheoryData<string> Differentiable() => new(OperatorCases.All.Where(static c => c.HasGradient).Select(static c => c.Name));

    [Fact]
    public void Every_known_operator_has_a_case_that_holds_it()
    {
        Assert.Equal(OperatorTable.Known, OperatorCases.All.Select(static c => c.Operator).Distinct().Order(StringComparer.Ordinal));
        Assert.All(OperatorCases.All, static c => Assert.Contains(c.Graph().Nodes, n => n.Op.Type == c.Operator));
    }

    [Fact]
    public void Every_operator_of_real_numbers_has_a_gradient_that_is_checked()
    {
        string[] without = ["And", "ArgMax", "Equal", "Greater", "Less", "Not", "Or", "QuantizeLinear", "Range"];
        Assert.Equal(OperatorTable.Known.Except(without), OperatorCases.All.Where(static c => c.HasGradient).Select(static c => c.Operator).Distinct().Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Libtorch_and_ONNX_Runtime_agree(string name)
    {
        var subject = OperatorCases.Find(name);
        var (graph, input) = (subject.Graph(), subject.Sample());
        var actual = Runners.Torch(graph, input);

        // An opset that lacks the operator has it as several nodes.
        foreach (var opset in (int[])[Opsets.First, Graph.DefaultOpset, Opsets.Last])
        {
            Tolerance.Holds(Tolerance.Operator, Runners.OnnxRuntime(graph, input, opset), actual, $"{name} at opset {opset}");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_pass_leaves_its_result_and_a_few_handles_to_the_scope(string name)
    {
        var subject = OperatorCases.Find(name);
        var before = Tensor.TotalCount;
        using (var network = new GraphExecutor(subject.Graph(), CPU))
        using (var scope = NewDisposeScope())
        {
            // Values of other nodes are freed by then; what an operator makes on its way, such as an aligned copy, may wait for the scope.
            using var input = subject.Sample().ToTensor();
            using var output = network.Forward(input);
            Assert.InRange(scope.DisposablesCount, 2, 2 + 8);
        }

        Assert.Equal(before, Tensor.TotalCount);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_operator_computes_in_bfloat16(string name)
    {
        var subject = OperatorCases.Find(name);
        var (graph, input) = (Behind16Bits(subject.Graph()), subject.Sample());
        if (graph is not null)
        {
            Tolerance.Holds(Tolerance.BFloat16, Runners.Torch(graph, input), Runners.Torch(graph, input, new(Precision.BFloat16, MemoryLayout.ChannelsLast)), name);
        }
    }

    /// <summary>The graph behind a convolution that passes images on, whose result has 16 bits; null for other inputs.</summary>
    private static Graph? Behind16Bits(Graph graph)
    {
        if (graph.Inputs[0].Type.Shape is not [_, { IsKnown: true } channels, _, _])
        {
            return null;
        }

        var unit = new float[channels.Value * channels.Value];
        for (var i = 0; i < channels.Value; i++)
        {
            unit[i * (channels.Value + 1)] = 1;
        }

        return graph with
        {
            Inputs = [graph.Inputs[0] with { Name = "given" }],
            Nodes = [new("unit", new Conv(), ["given", "unit.weight"], [graph.Inputs[0].Name]), .. graph.Nodes],
            Initializers = new(graph.Initializers.Append(new("unit.weight", TensorData.Of<float>(unit, channels.Value, channels.Value, 1, 1)))),
        };
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_inferred_type_is_that_of_the_result(string name)
    {
        var subject = OperatorCases.Find(name);
        var graph = subject.Graph();
        var actual = Runners.Torch(graph, subject.Sample());
        if (GraphTypes.Infer(graph)[graph.Outputs[0].Name]?.Shape is { } shape)
        {
            Assert.Equal(actual.Dimensions.Count, shape.Rank);
            Assert.All(shape.Zip(actual.Dimensions), static p => Assert.True(p.First.Admits(p.Second) && (p.First.Symbol != "N" || p.Second == OperatorCase.Batch)));
        }
        else
        {
            Assert.Equal("Squeeze everything", name);
        }
    }

    [Theory]
    [MemberData(nameof(Differentiable))]
    public void Gradients_are_difference_quotients(string name)
    {
        var subject = OperatorCases.Find(name);

        // Whatever the operator does to a batch in training, the quotient sees too; only dropout's masks would differ between two passes.
        using var network = new GraphExecutor(subject.Graph(), CPU) { Training = subject.Operator != "Dropout" };
        using var scope = NewDisposeScope();
        var input = subject.Sample().ToTensor().requires_grad_();
        using var output = network.Forward(input);
        var weights = Numbers.Uniform(21, output.shape).ToTensor();
        output.mul(weights).sum().backward();

        var number = 31L;
        foreach (var (place, tensor) in network.Weights.Parameters.Append(KeyValuePair.Create("input", input)))
        {
            var direction = Numbers.Uniform(number++, tensor.shape).ToTensor();
            var gradient = tensor.grad ?? throw new InvalidOperationException($"{name}: {place} has no gradient.");
            var slope = gradient.mul(direction).sum().item<float>();
            var quotient = (Loss(direction, Nudge) - Loss(direction, -2 * Nudge)) / (2 * Nudge);
            Restore(direction);
            Assert.True(Math.Abs(slope - quotient) <= Tolerance.DifferenceQuotient * Math.Max(1, Math.Abs(quotient)), $"{place}: gradient {slope}, quotient {quotient}");

            double Loss(Tensor along, float step)
            {
                using var frozen = no_grad();
                tensor.add_(along, step);
                var values = network.Forward(input).ToTensorData().Values<float>();
                var factors = weights.ToTensorData().Values<float>();
                var sum = 0.0;
                for (var i = 0; i < values.Length; i++)
                {
                    sum += (double)values[i] * factors[i];
                }

                return sum;
            }

            void Restore(Tensor along)
            {
                using var frozen = no_grad();
                tensor.add_(along, Nudge);
            }
        }
    }
}
