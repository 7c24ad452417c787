using Toolchain.Graphs;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Toolchain.Train.Execution;

/// <content>Convolutions and matrix products: what is computed in the number format of <see cref="ComputeMode"/>.</content>
public sealed partial class GraphExecutor
{
    Tensor IOperatorVisitor<Step, Tensor>.Conv(Conv op, Step step)
    {
        var window = Planar(step, op.Window(step.Context));
        var source = ComputeInput(step, 0);
        var input = Image(source);
        if (!window.IsSymmetric)
        {
            input = F.pad(input, Sides(window));
        }

        var product = F.conv2d(
            input, Image(ComputeInput(step, 1)), OptionalComputeInput(step, 2), Longs(window.Strides), window.IsSymmetric ? Longs(window.Begin) : [0, 0], Longs(window.Dilations), op.Group);
        return Product(OfRank(source, product));
    }

    Tensor IOperatorVisitor<Step, Tensor>.ConvTranspose(ConvTranspose op, Step step)
    {
        var resolved = op.Window(step.Context);
        var window = Planar(step, resolved);
        var (strides, dilations) = (Longs(window.Strides), Longs(window.Dilations));
        long[] added = [.. Enumerable.Repeat(0L, 2 - resolved.Kernel.Count), .. op.Added(step.Context, resolved)];

        // libtorch's processor kernel for bfloat16 confuses input and output channels, so there it is computed in float32.
        var (source, weight, bias) = Device.type == DeviceType.CPU
            ? (Wide(Input(step, 0)), Input(step, 1), step.Context.Has(2) ? Input(step, 2) : null)
            : (ComputeInput(step, 0), ComputeInput(step, 1), OptionalComputeInput(step, 2));
        var (input, kernel) = (Image(source), Image(weight));
        if (window.IsSymmetric)
        {
            return OfRank(source, F.conv_transpose2d(input, kernel, bias, strides, Longs(window.Begin), added, dilations, op.Group));
        }

        // libtorch cuts the same off both sides; where they differ, the whole output is made and cropped.
        long[] cropped = [.. Sides(window).Select(static side => -side)];
        return OfRank(source, F.pad(F.conv_transpose2d(input, kernel, bias, strides, [0, 0], added, dilations, op.Group), cropped));
    }

    Tensor IOperatorVisitor<Step, Tensor>.Gemm(Gemm op, Step step)
    {
        var (a, b, c) = (ComputeInput(step, 0), ComputeInput(step, 1), OptionalComputeInput(step, 2));
        if (op is { Alpha: 1, Beta: 1, TransA: false, TransB: true } && c is null or { ndim: 1 })
        {
            return Product(F.linear(a, b, c));
        }

        var product = matmul(op.TransA ? a.transpose(0, 1) : a, op.TransB ? b.transpose(0, 1) : b);
        product = op.Alpha.Equals(1f) ? product : product.mul(op.Alpha);
        return Product(c is null ? product : product.add(op.Beta.Equals(1f) ? c : c.mul(op.Beta)));
    }

    Tensor IOperatorVisitor<Step, Tensor>.MatMul(MatMul op, Step step) => Product(matmul(ComputeInput(step, 0), ComputeInput(step, 1)));

    Tensor IOperatorVisitor<Step, Tensor>.Einsum(Einsum op, Step step)
    {
        Tensor[] inputs = [.. Enumerable.Range(0, step.Node.Inputs.Count).Select(i => ComputeInput(step, i))];
        return Product(einsum(op.Equation, inputs));
    }

    /// <summary>The result of a convolution or matrix product in the number format that it is kept in.</summary>
    private Tensor Product(Tensor result) => _rounds ? result.to(ScalarType.Float16).to(ScalarType.Float32) : result;

    /// <summary>A window over images; one over lines becomes one over images of height 1.</summary>
    private static Window Planar(Step step, Window window) => window.Kernel.Count switch
    {
        2 => window,
        1 => new([1, window.Kernel[0]], [1, window.Strides[0]], [1, window.Dilations[0]], [0, window.Begin[0]], [0, window.End[0]]),
        var axes => throw Untrainable(step, $"{axes} spatial axes; 1 and 2 are supported"),
    };

    /// <summary>Images, of lines [N, C, W] too.</summary>
    private static Tensor Image(Tensor tensor) => tensor.ndim == 3 ? tensor.unsqueeze(2) : tensor;

    /// <summary>What became of <see cref="Image"/> in the rank that its source had.</summary>
    private static Tensor OfRank(Tensor source, Tensor result) => source.ndim == 3 ? result.squeeze(2) : result;

    private static long[] Sides(Window window) => [window.Begin[1], window.End[1], window.Begin[0], window.End[0]];

    /// <summary>The window with end padding that the last output just reaches, so that rounding up needs no rule of its own.</summary>
    private static Window Covering(Step step, Window window, Tensor input, bool ceil) => window with
    {
        End = window.Kernel.Select((kernel, axis) =>
        {
            var (size, stride) = (input.shape[axis + 2], window.Strides[axis]);
            return ((window.Output(step.Context, axis, size, ceil).Value - 1) * stride) + (window.Dilations[axis] * (kernel - 1)) + 1 - size - window.Begin[axis];
        }).ToEquatableArray(),
    };
}
