using Toolchain.Graphs;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Execution;

/// <content>
/// Quantisation. Its integers stay in floats here, so that gradients can pass: rounding passes them on as they are (Bengio, Léonard and Courville 2013, the
/// straight-through estimator), and saturation passes none, as PyTorch's fake quantisation has it.
/// </content>
public sealed partial class GraphExecutor
{
    Tensor IOperatorVisitor<Step, Tensor>.QuantizeLinear(QuantizeLinear op, Step step)
    {
        var input = Input(step, 0).to(ScalarType.Float32);
        var (lowest, highest) = QuantizeLinear.Bounds(step.Context);
        return Scoped(() =>
        {
            var steps = input.div(Along(step, 1, op.Axis, input));
            var rounded = steps.add(steps.round().sub(steps).detach());
            return Shifted(rounded, step, op.Axis, 1).clamp((Scalar)lowest, (Scalar)highest);
        });
    }

    Tensor IOperatorVisitor<Step, Tensor>.DequantizeLinear(DequantizeLinear op, Step step)
    {
        if (Training && Weights.Contains(step.Node.Inputs[0]))
        {
            throw Untrainable(step, "weights that are integers; train the model that it was quantised from");
        }

        var input = Input(step, 0).to(ScalarType.Float32);
        return Scoped(() => Shifted(input, step, op.Axis, -1).mul(Along(step, 1, op.Axis, input)));
    }

    private Tensor Shifted(Tensor integers, Step step, long axis, int sign) => step.Context.Has(2) ? integers.add(Along(step, 2, axis, integers), sign) : integers;

    /// <summary>A scale or zero point in the shape in which it meets the values: one for all of them, or one for each place along an axis.</summary>
    private Tensor Along(Step step, int input, long axis, Tensor values)
    {
        var given = Input(step, input).to(ScalarType.Float32);
        var places = given.NumberOfElements;
        return places == 1 ? given.reshape([]) : given.reshape([places, .. Enumerable.Repeat(1L, (int)(values.ndim - FromBeginning(axis, values) - 1))]);
    }
}
