using Toolchain.Graphs;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Toolchain.Train.Execution;

/// <content>Activations.</content>
public sealed partial class GraphExecutor
{
    Tensor IOperatorVisitor<Step, Tensor>.Relu(Relu op, Step step)
    {
        var input = Input(step, 0);
        if (Spent(step, input.dtype) is null)
        {
            return F.relu(input);
        }

        input.relu_();
        return input;
    }

    Tensor IOperatorVisitor<Step, Tensor>.LeakyRelu(LeakyRelu op, Step step) => F.leaky_relu(Input(step, 0), op.Alpha);

    Tensor IOperatorVisitor<Step, Tensor>.PRelu(PRelu op, Step step)
    {
        var pair = Inputs(step);
        return Scoped(() => torch.where(pair[0].gt(0), pair[0], pair[0].mul(pair[1])));
    }

    Tensor IOperatorVisitor<Step, Tensor>.Elu(Elu op, Step step) => F.elu(Wide(Input(step, 0)), op.Alpha);

    Tensor IOperatorVisitor<Step, Tensor>.Selu(Selu op, Step step)
    {
        var input = Wide(Input(step, 0));
        return Scoped(() => F.elu(input, op.Alpha).mul(op.Gamma));
    }

    // √(2/π) · (x + 0.044715 · x³) is the argument of Hendrycks and Gimpel's approximation.
    Tensor IOperatorVisitor<Step, Tensor>.Gelu(Gelu op, Step step)
    {
        var input = Input(step, 0);
        return op.Tanh
            ? Scoped(() => input.mul(0.5).mul(input.add(input.mul(input).mul(input).mul(0.044715)).mul(Math.Sqrt(2 / Math.PI)).tanh().add(1)))
            : F.gelu(input);
    }

    Tensor IOperatorVisitor<Step, Tensor>.Mish(Mish op, Step step)
    {
        var input = Wide(Input(step, 0));
        return Scoped(() => input.mul(F.softplus(input).tanh()));
    }

    Tensor IOperatorVisitor<Step, Tensor>.Softplus(Softplus op, Step step) => F.softplus(Wide(Input(step, 0)));

    Tensor IOperatorVisitor<Step, Tensor>.Sigmoid(Sigmoid op, Step step) => Input(step, 0).sigmoid();

    Tensor IOperatorVisitor<Step, Tensor>.HardSigmoid(HardSigmoid op, Step step)
    {
        var input = Input(step, 0);
        return op is { Alpha: 1f / 6, Beta: 0.5f } ? F.hardsigmoid(input) : Scoped(() => input.mul(op.Alpha).add(op.Beta).clamp((Scalar)0, (Scalar)1));
    }

    Tensor IOperatorVisitor<Step, Tensor>.HardSwish(HardSwish op, Step step) => F.hardswish(Input(step, 0));

    Tensor IOperatorVisitor<Step, Tensor>.Tanh(Tanh op, Step step) => Input(step, 0).tanh();

    Tensor IOperatorVisitor<Step, Tensor>.Clip(Clip op, Step step)
    {
        var (input, low, high) = (Input(step, 0), Number(step, 1), Number(step, 2));
        return low is null && high is null ? input.alias() : input.clamp(Bound(low), Bound(high));

        // A float among the bounds of integers would make the result a float.
        Scalar? Bound(double? value) => value is not { } number ? null : input.is_floating_point() ? (Scalar)number : (Scalar)(long)number;
    }

    Tensor IOperatorVisitor<Step, Tensor>.Softmax(Softmax op, Step step) => Wide(Input(step, 0)).softmax(op.Axis);

    Tensor IOperatorVisitor<Step, Tensor>.LogSoftmax(LogSoftmax op, Step step) => Wide(Input(step, 0)).log_softmax(op.Axis);
}
