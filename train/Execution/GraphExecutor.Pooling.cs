using Toolchain.Graphs;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Toolchain.Train.Execution;

/// <content>Pooling and reductions.</content>
public sealed partial class GraphExecutor
{
    Tensor IOperatorVisitor<Step, Tensor>.MaxPool(MaxPool op, Step step)
    {
        var window = Planar(step, op.Window(step.Context));
        var source = Input(step, 0);
        return OfRank(source, ByFloats(Image(source), input => IsPadded(window)
            ? F.max_pool2d(input, Longs(window.Kernel), Longs(window.Strides), Longs(window.Begin), Longs(window.Dilations), op.CeilMode)
            : F.max_pool2d(F.pad(input, Sides(Covering(step, window, input, op.CeilMode)), PaddingModes.Constant, double.NegativeInfinity), Longs(window.Kernel), Longs(window.Strides), [0, 0], Longs(window.Dilations))));
    }

    Tensor IOperatorVisitor<Step, Tensor>.AveragePool(AveragePool op, Step step)
    {
        var window = Planar(step, op.Window(step.Context));
        var source = Input(step, 0);
        var (kernel, strides) = (Longs(window.Kernel), Longs(window.Strides));
        return OfRank(source, IsPadded(window)
            ? F.avg_pool2d(Image(source), kernel, strides, Longs(window.Begin), op.CeilMode, op.CountIncludePad)
            : Scoped(() => Average(Image(source))));

        // Zeros are added all around; the share of each window that counts is the average of ones, padded likewise.
        Tensor Average(Tensor input)
        {
            var covering = Covering(step, window, input, op.CeilMode);
            var counted = op.CountIncludePad ? Sides(window) : [0, 0, 0, 0];
            var ones = torch.ones([1, 1, input.shape[2] + counted[2] + counted[3], input.shape[3] + counted[0] + counted[1]], input.dtype, input.device);
            var sides = Sides(covering);
            var shares = Pool(F.pad(ones, [sides[0] - counted[0], sides[1] - counted[1], sides[2] - counted[2], sides[3] - counted[3]]));
            return Pool(F.pad(input, sides)).div(shares);
        }

        Tensor Pool(Tensor padded) => F.avg_pool2d(padded, kernel, strides, [0, 0], false, true);
    }

    Tensor IOperatorVisitor<Step, Tensor>.GlobalAveragePool(GlobalAveragePool op, Step step)
    {
        var input = Input(step, 0);
        return input.mean(Axes(2, input.ndim - 2), true);
    }

    Tensor IOperatorVisitor<Step, Tensor>.GlobalMaxPool(GlobalMaxPool op, Step step)
    {
        var input = Input(step, 0);
        return input.amax(Axes(2, input.ndim - 2), true);
    }

    Tensor IOperatorVisitor<Step, Tensor>.ReduceMean(ReduceMean op, Step step) => Reduced(op, step, (input, axes) => ByFloats(input, x => x.mean(axes, op.KeepDims)));

    Tensor IOperatorVisitor<Step, Tensor>.ReduceSum(ReduceSum op, Step step) => Reduced(op, step, (input, axes) => input.sum(axes, op.KeepDims, input.dtype));

    Tensor IOperatorVisitor<Step, Tensor>.ReduceMax(ReduceMax op, Step step) => Reduced(op, step, (input, axes) => input.amax(axes, op.KeepDims));

    Tensor IOperatorVisitor<Step, Tensor>.ReduceMin(ReduceMin op, Step step) => Reduced(op, step, (input, axes) => input.amin(axes, op.KeepDims));

    // The root's slope at 0 is infinite; nothing but zeros shall have the gradient 0, as PyTorch's norm has it.
    Tensor IOperatorVisitor<Step, Tensor>.ReduceL2(ReduceL2 op, Step step) => Reduced(op, step, (input, axes) => ByFloats(input, x => Scoped(() =>
    {
        var squares = x.mul(x).sum(axes, op.KeepDims);
        var nothing = squares.eq(0).to(squares.dtype);
        return squares.add(nothing).sqrt().sub(nothing);
    })));

    Tensor IOperatorVisitor<Step, Tensor>.ArgMax(ArgMax op, Step step)
    {
        var input = Input(step, 0);
        var axis = FromBeginning(op.Axis, input);
        return op.SelectLastIndex
            ? Scoped(() => input.flip(axis).argmax(axis, op.KeepDims).neg().add(input.shape[axis] - 1))
            : input.argmax(axis, op.KeepDims);
    }

    // libtorch takes an empty list of axes for all of them; a number has none, and stays what it is.
    private Tensor Reduced(Reduction op, Step step, Func<Tensor, long[], Tensor> reduce)
    {
        var input = Wide(Input(step, 0));
        return reduce(input, Longs(op.AxesOf(step.Context, (int)input.ndim)));
    }

    /// <summary>Whether libtorch can pad for itself: the same on both sides, and at most half of the window.</summary>
    private static bool IsPadded(Window window) => window.IsSymmetric && window.Begin.Zip(window.Kernel, static (pad, kernel) => 2 * pad <= kernel).All(static fits => fits);
}
