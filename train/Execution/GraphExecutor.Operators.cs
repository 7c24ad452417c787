using Toolchain.Graphs;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Toolchain.Train.Execution;

/// <content>One method per operator; each returns a tensor handle of its own, which the current dispose scope owns.</content>
public sealed partial class GraphExecutor
{
    Tensor IOperatorVisitor<Step, Tensor>.Conv(Conv op, Step step)
    {
        var window = TwoDimensional(step, op.Window(step.Context));
        var input = ComputeInput(step, 0);
        if (!window.IsSymmetric)
        {
            input = F.pad(input, Sides(window));
        }

        return Product(F.conv2d(
            input, ComputeInput(step, 1), OptionalComputeInput(step, 2), Longs(window.Strides), window.IsSymmetric ? Longs(window.Begin) : [0, 0], Longs(window.Dilations), op.Group));
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

    // libtorch's momentum is the share of the new batch, ONNX's the share that stays. Activations may be bfloat16; statistics stay float32.
    // A frozen normalisation keeps its statistics, and uses them. What is computed a second time must not count twice: its share is 0.
    Tensor IOperatorVisitor<Step, Tensor>.BatchNormalization(BatchNormalization op, Step step) => F.batch_norm(
        Input(step, 0), Input(step, 3), Input(step, 4), Input(step, 1), Input(step, 2),
        Training && !Weights.IsFrozen(step.Node.Inputs[1]), _recomputing ? 0 : 1 - (double)op.Momentum, op.Epsilon);

    Tensor IOperatorVisitor<Step, Tensor>.MaxPool(MaxPool op, Step step)
    {
        var window = TwoDimensional(step, op.Window(step.Context));
        var input = Input(step, 0);
        return window.IsSymmetric
            ? F.max_pool2d(input, Longs(window.Kernel), Longs(window.Strides), Longs(window.Begin), Longs(window.Dilations), op.CeilMode)
            : F.max_pool2d(F.pad(input, Sides(Covering(step, window, input, op.CeilMode)), PaddingModes.Constant, double.NegativeInfinity), Longs(window.Kernel), Longs(window.Strides), [0, 0], Longs(window.Dilations));
    }

    Tensor IOperatorVisitor<Step, Tensor>.AveragePool(AveragePool op, Step step)
    {
        var window = TwoDimensional(step, op.Window(step.Context));
        if (!window.IsSymmetric)
        {
            throw Untrainable(step, $"padding that differs between the sides ({window.Begin} and {window.End})");
        }

        return F.avg_pool2d(Input(step, 0), Longs(window.Kernel), Longs(window.Strides), Longs(window.Begin), op.CeilMode, op.CountIncludePad);
    }

    Tensor IOperatorVisitor<Step, Tensor>.GlobalAveragePool(GlobalAveragePool op, Step step)
    {
        var input = Input(step, 0);
        return input.mean([.. Enumerable.Range(2, (int)input.ndim - 2).Select(static i => (long)i)], true);
    }

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

    Tensor IOperatorVisitor<Step, Tensor>.Sigmoid(Sigmoid op, Step step) => Input(step, 0).sigmoid();

    Tensor IOperatorVisitor<Step, Tensor>.Tanh(Tanh op, Step step) => Input(step, 0).tanh();

    Tensor IOperatorVisitor<Step, Tensor>.Clip(Clip op, Step step)
    {
        var (low, high) = Clip.Bounds(step.Context);
        return low is null && high is null
            ? Input(step, 0).alias()
            : Input(step, 0).clamp(low is { } minimum ? (Scalar)minimum : null, high is { } maximum ? (Scalar)maximum : null);
    }

    Tensor IOperatorVisitor<Step, Tensor>.Softmax(Softmax op, Step step) => Input(step, 0).to(ScalarType.Float32).softmax(op.Axis);

    Tensor IOperatorVisitor<Step, Tensor>.LogSoftmax(LogSoftmax op, Step step) => Input(step, 0).to(ScalarType.Float32).log_softmax(op.Axis);

    // A mask is a function of the seed, the pass and the node: the same when it is computed a second time, and whatever ran before.
    Tensor IOperatorVisitor<Step, Tensor>.Dropout(Dropout op, Step step)
    {
        if (!Training)
        {
            return Input(step, 0).alias();
        }

        manual_seed((long)new SeededRandom(Pass.Seed, Pass.Number, step.Index).NextBits()).Dispose();
        return F.dropout(Input(step, 0), Dropout.Ratio(step.Context), true);
    }

    Tensor IOperatorVisitor<Step, Tensor>.Add(Add op, Step step)
    {
        var pair = Aligned([Input(step, 0), Input(step, 1)]);
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

    Tensor IOperatorVisitor<Step, Tensor>.ReduceMean(ReduceMean op, Step step)
    {
        var input = Input(step, 0);
        return input.mean(op.Axes.IsEmpty ? [.. Enumerable.Range(0, (int)input.ndim).Select(static i => (long)i)] : Longs(op.Axes), op.KeepDims);
    }

    Tensor IOperatorVisitor<Step, Tensor>.Flatten(Flatten op, Step step)
    {
        var input = Input(step, 0);
        var axis = op.Axis < 0 ? op.Axis + input.ndim : op.Axis;
        return axis == 1 && input.ndim > 1 ? input.flatten(1) : input.reshape(input.shape.Take((int)axis).Aggregate(1L, static (product, d) => product * d), -1);
    }

    Tensor IOperatorVisitor<Step, Tensor>.Reshape(Reshape op, Step step)
    {
        var input = Input(step, 0);
        var target = step.Context.Longs(1, "shape")!.Value;
        return input.reshape([.. target.Select((d, i) => d == 0 && !op.AllowZero ? input.shape[i] : d)]);
    }

    Tensor IOperatorVisitor<Step, Tensor>.Transpose(Transpose op, Step step)
    {
        var input = Input(step, 0);
        return input.permute(Longs(op.Order((int)input.ndim)));
    }

    Tensor IOperatorVisitor<Step, Tensor>.Concat(Concat op, Step step)
    {
        Tensor[] inputs = [.. Enumerable.Range(0, step.Node.Inputs.Count).Select(i => Input(step, i))];
        return cat((IList<Tensor>)Aligned(inputs), op.Axis);
    }

    Tensor IOperatorVisitor<Step, Tensor>.Unsqueeze(Unsqueeze op, Step step)
    {
        var input = Input(step, 0);
        var axes = step.Context.Longs(1, "axes")!.Value;
        var rank = input.ndim + axes.Count;
        return axes.Select(a => a < 0 ? a + rank : a).Order().Aggregate(input.alias(), static (x, axis) => x.unsqueeze(axis));
    }

    Tensor IOperatorVisitor<Step, Tensor>.Squeeze(Squeeze op, Step step)
    {
        var input = Input(step, 0);
        return step.Context.Longs(1, "axes") is { } axes
            ? axes.Select(a => a < 0 ? a + input.ndim : a).OrderDescending().Aggregate(input.alias(), static (x, axis) => x.squeeze(axis))
            : input.squeeze();
    }

    Tensor IOperatorVisitor<Step, Tensor>.Pad(Pad op, Step step)
    {
        var pads = Pad.Pads(step.Context);
        var rank = pads.Count / 2;

        // libtorch lists the last axis first; mirroring and repeating is for all axes but the first two (of a matrix: the first).
        var inner = op.Mode == PadMode.Constant ? rank : Math.Max(rank - 2, 1);
        if (Enumerable.Range(0, rank - inner).Any(axis => (pads[axis], pads[axis + rank]) != (0, 0)))
        {
            throw Untrainable(step, $"mode {op.Mode} on the first axes (pads {pads})");
        }

        long[] reversed = [.. Enumerable.Range(rank - inner, inner).Reverse().SelectMany(axis => new[] { pads[axis], pads[axis + rank] })];
        return F.pad(Input(step, 0), reversed, op.Mode switch
        {
            PadMode.Constant => PaddingModes.Constant,
            PadMode.Reflect => PaddingModes.Reflect,
            PadMode.Edge => PaddingModes.Replicate,
            _ => throw Untrainable(step, $"mode {op.Mode}"),
        }, Pad.Fill(step.Context));
    }

    Tensor IOperatorVisitor<Step, Tensor>.ConvTranspose(ConvTranspose op, Step step)
    {
        var window = TwoDimensional(step, op.Window(step.Context));
        var (strides, dilations, added) = (Longs(window.Strides), Longs(window.Dilations), Longs(op.Added(step.Context, window)));

        // libtorch's processor kernel for bfloat16 confuses input and output channels, so there it is computed in float32.
        var (input, weight, bias) = Device.type == DeviceType.CPU
            ? (Input(step, 0).to(ScalarType.Float32), Input(step, 1), step.Context.Has(2) ? Input(step, 2) : null)
            : (ComputeInput(step, 0), ComputeInput(step, 1), OptionalComputeInput(step, 2));

        if (window.IsSymmetric)
        {
            return F.conv_transpose2d(input, weight, bias, strides, Longs(window.Begin), added, dilations, op.Group);
        }

        // libtorch cuts the same off both sides; where they differ, the whole output is made and cropped.
        long[] cropped = [.. Sides(window).Select(static side => -side)];
        return F.pad(F.conv_transpose2d(input, weight, bias, strides, [0, 0], added, dilations, op.Group), cropped);
    }

    Tensor IOperatorVisitor<Step, Tensor>.Resize(Resize op, Step step)
    {
        var input = Input(step, 0);
        var (factors, targets) = (Resize.Factors(step.Context), Resize.Targets(step.Context));
        var fits = input.ndim == 4 && (factors is not { } f || (f[0].Equals(1f) && f[1].Equals(1f))) && (targets is not { } t || (t[0] == input.shape[0] && t[1] == input.shape[1]));
        if (!fits || (factors is null && targets is null))
        {
            throw Untrainable(step, "an input, scales or sizes that are not those of images [N, C, H, W] resized in H and W");
        }

        long[]? sizes = targets is { } target ? [target[2], target[3]] : null;
        double[]? scales = factors is { } factor ? [factor[2], factor[3]] : null;
        var onePixel = Enumerable.Range(0, 2).Any(i => (sizes?[i] ?? (long)(input.shape[i + 2] * scales![i])) == 1);
        return (op.Mode, op.Coordinates, op.Rounding) switch
        {
            (ResizeMode.Linear, ResizeCoordinates.PytorchHalfPixel, _) when onePixel => throw Untrainable(step, "an output of one pixel, where libtorch does not use the coordinates PytorchHalfPixel"),
            (ResizeMode.Linear, ResizeCoordinates.HalfPixel or ResizeCoordinates.PytorchHalfPixel, _) => F.interpolate(input, sizes, scales, InterpolationMode.Bilinear, false),
            (ResizeMode.Linear, ResizeCoordinates.AlignCorners, _) => F.interpolate(input, sizes, scales, InterpolationMode.Bilinear, true),
            (ResizeMode.Nearest, ResizeCoordinates.Asymmetric, ResizeRounding.Floor) => F.interpolate(input, sizes, scales, InterpolationMode.Nearest),
            (ResizeMode.Nearest, ResizeCoordinates.HalfPixel, ResizeRounding.RoundPreferCeil) => F.interpolate(input.to(ScalarType.Float32), sizes, scales, InterpolationMode.NearestExact),
            _ => throw Untrainable(step, $"mode {op.Mode} with coordinates {op.Coordinates} and rounding {op.Rounding}"),
        };
    }

    Tensor IOperatorVisitor<Step, Tensor>.Cast(Cast op, Step step) => Input(step, 0).to(op.To.ToScalarType());

    Tensor IOperatorVisitor<Step, Tensor>.Identity(Identity op, Step step) => Input(step, 0).alias();

    Tensor IOperatorVisitor<Step, Tensor>.Constant(Constant op, Step step) => _constants[step.Output].alias();

    Tensor IOperatorVisitor<Step, Tensor>.Foreign(Foreign op, Step step) => throw Untrainable(step, "an operator that the trainer does not know");

    /// <summary>The result of a convolution or matrix product in the number format that it is kept in.</summary>
    private Tensor Product(Tensor result) => _rounds ? result.to(ScalarType.Float16).to(ScalarType.Float32) : result;

    private Tensor Binary(Step step, Func<Tensor, Tensor, Tensor> compute)
    {
        var pair = Aligned([Input(step, 0), Input(step, 1)]);
        return compute(pair[0], pair[1]);
    }

    // Behind a 16-bit convolution one operand may have 16 bits and the other be float32; the wider format wins.
    private static Tensor[] Aligned(Tensor[] tensors) => tensors.All(t => t.dtype == tensors[0].dtype)
        ? tensors
        : [.. tensors.Select(static t => t.dtype is ScalarType.BFloat16 or ScalarType.Float16 ? t.to(ScalarType.Float32) : t)];

    private static Window TwoDimensional(Step step, Window window) =>
        window.Kernel.Count == 2 ? window : throw Untrainable(step, $"{window.Kernel.Count} spatial axes; 2 are supported");

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

    private static long[] Longs(EquatableArray<long> values) => values.AsSpan().ToArray();

    private static ToolchainException Untrainable(Step step, string why) => new(ErrorKind.BadInput, $"{step.Node} cannot be trained: it has {why}.");
}
