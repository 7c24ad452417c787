using Toolchain.Graphs;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Execution;

/// <content>Arithmetic and logic on single values.</content>
public sealed partial class GraphExecutor
{
    Tensor IOperatorVisitor<Step, Tensor>.Add(Add op, Step step)
    {
        var pair = Inputs(step);
        if (Spent(step, pair[0].dtype) is not var (sum, index))
        {
            return pair[0].add(pair[1]);
        }

        sum.add_(pair[1 - index]);
        return sum;
    }

    Tensor IOperatorVisitor<Step, Tensor>.Sub(Sub op, Step step) => Binary(step, static (a, b) => a.sub(b));

    Tensor IOperatorVisitor<Step, Tensor>.Mul(Mul op, Step step) => Binary(step, static (a, b) => a.mul(b));

    Tensor IOperatorVisitor<Step, Tensor>.Div(Div op, Step step) =>
        Binary(step, step.Context.Input(0).Element.IsFloat() ? static (a, b) => a.div(b) : static (a, b) => a.div(b, RoundingMode.trunc));

    // A constant exponent is a number to libtorch, so that nothing is computed for its gradient, which needs the logarithm of the base.
    Tensor IOperatorVisitor<Step, Tensor>.Pow(Pow op, Step step)
    {
        var (a, b) = (Wide(Input(step, 0)), Wide(Input(step, 1)));
        var exponent = Weights.Contains(step.Node.Inputs[1]) && Weights[step.Node.Inputs[1]].requires_grad
            ? null
            : step.Context.ConstantValue(step.Node.Inputs[1]) is { ElementCount: 1 } one && one.Dimensions.Count <= a.ndim ? one.Number() : null;
        return Scoped(() => (exponent is { } number ? ByFloats(a, x => x.pow((Scalar)number)) : a.pow(b)).to(a.dtype));
    }

    Tensor IOperatorVisitor<Step, Tensor>.Sum(Sum op, Step step) => Folded(step, static (a, b) => a.add(b));

    Tensor IOperatorVisitor<Step, Tensor>.Mean(Mean op, Step step) => Scoped(() => Folded(step, static (a, b) => a.add(b)).div(step.Node.Inputs.Count));

    Tensor IOperatorVisitor<Step, Tensor>.Max(Max op, Step step) => Folded(step, static (a, b) => a.maximum(b));

    Tensor IOperatorVisitor<Step, Tensor>.Min(Min op, Step step) => Folded(step, static (a, b) => a.minimum(b));

    Tensor IOperatorVisitor<Step, Tensor>.Abs(Abs op, Step step) => Input(step, 0).abs();

    Tensor IOperatorVisitor<Step, Tensor>.Neg(Neg op, Step step) => Input(step, 0).neg();

    Tensor IOperatorVisitor<Step, Tensor>.Reciprocal(Reciprocal op, Step step) => Wide(Input(step, 0)).reciprocal();

    Tensor IOperatorVisitor<Step, Tensor>.Sqrt(Sqrt op, Step step) => Wide(Input(step, 0)).sqrt();

    Tensor IOperatorVisitor<Step, Tensor>.Exp(Exp op, Step step) => Wide(Input(step, 0)).exp();

    Tensor IOperatorVisitor<Step, Tensor>.Log(Log op, Step step) => Wide(Input(step, 0)).log();

    Tensor IOperatorVisitor<Step, Tensor>.Erf(Erf op, Step step) => Wide(Input(step, 0)).erf();

    Tensor IOperatorVisitor<Step, Tensor>.Floor(Floor op, Step step) => Input(step, 0).floor();

    Tensor IOperatorVisitor<Step, Tensor>.Ceil(Ceil op, Step step) => Input(step, 0).ceil();

    Tensor IOperatorVisitor<Step, Tensor>.Equal(Equal op, Step step) => Binary(step, static (a, b) => a.eq(b));

    Tensor IOperatorVisitor<Step, Tensor>.Greater(Greater op, Step step) => Binary(step, static (a, b) => a.gt(b));

    Tensor IOperatorVisitor<Step, Tensor>.Less(Less op, Step step) => Binary(step, static (a, b) => a.lt(b));

    Tensor IOperatorVisitor<Step, Tensor>.And(And op, Step step) => Binary(step, static (a, b) => a.logical_and(b));

    Tensor IOperatorVisitor<Step, Tensor>.Or(Or op, Step step) => Binary(step, static (a, b) => a.logical_or(b));

    Tensor IOperatorVisitor<Step, Tensor>.Not(Not op, Step step) => Input(step, 0).logical_not();

    Tensor IOperatorVisitor<Step, Tensor>.Where(Where op, Step step)
    {
        var pair = Aligned([Input(step, 1), Input(step, 2)]);
        return torch.where(Input(step, 0), pair[0], pair[1]);
    }

    private Tensor Binary(Step step, Func<Tensor, Tensor, Tensor> compute)
    {
        var pair = Inputs(step);
        return compute(pair[0], pair[1]);
    }

    private Tensor Folded(Step step, Func<Tensor, Tensor, Tensor> compute)
    {
        var inputs = Inputs(step);
        return Scoped(() => inputs.Skip(1).Aggregate(inputs[0].alias(), compute));
    }
}
