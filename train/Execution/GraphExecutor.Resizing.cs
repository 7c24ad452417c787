using Toolchain.Graphs;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Toolchain.Train.Execution;

/// <content>
/// Padding and resizing. What libtorch has kernels for goes there; every other combination picks, along one axis after the other, the values that it needs.
/// </content>
public sealed partial class GraphExecutor
{
    Tensor IOperatorVisitor<Step, Tensor>.Pad(Pad op, Step step)
    {
        var (input, pads) = (Input(step, 0), Integers(step, 1));
        var rank = (int)input.ndim;

        // libtorch lists the last axis first; mirroring and repeating is for all axes but the first two (of a matrix: the first).
        var inner = op.Mode == PadMode.Constant ? rank : Math.Max(rank - 2, 1);
        long[] reversed = [.. Axes(rank - inner, inner).Reverse().SelectMany(axis => new[] { pads[axis], pads[axis + rank] })];
        return op.Mode switch
        {
            PadMode.Constant => F.pad(input, reversed, PaddingModes.Constant, Pad.Fill(step.Context)),
            PadMode.Reflect or PadMode.Edge when HasKernel() => F.pad(input, reversed, op.Mode == PadMode.Reflect ? PaddingModes.Reflect : PaddingModes.Replicate),
            PadMode.Reflect or PadMode.Edge or PadMode.Wrap => Scoped(() => Axes(0, rank).Aggregate(input.alias(), (x, axis) => Extended(x, axis, pads[axis], pads[axis + rank]))),
            var other => throw Untrainable(step, $"mode {other}"),
        };

        bool HasKernel() => rank is 3 or 4 && input.dtype is (ScalarType.Float32 or ScalarType.Float64) && Array.TrueForAll(pads, static p => p >= 0)
            && Axes(0, rank - inner).All(axis => (pads[axis], pads[axis + rank]) == (0, 0));

        Tensor Extended(Tensor x, long axis, long before, long behind)
        {
            if ((before, behind) == (0, 0))
            {
                return x;
            }

            var last = x.shape[axis] - 1;
            return x.index_select(axis, Places(Enumerable.Range(0, (int)(before + last + 1 + behind)).Select(i =>
            {
                var place = i - before;
                return last == 0 ? 0 : op.Mode switch
                {
                    PadMode.Edge => Math.Clamp(place, 0, last),
                    PadMode.Wrap => Modulo(place, last + 1),
                    _ => last - Math.Abs(last - Modulo(place, 2 * last)),
                };
            })));
        }
    }

    Tensor IOperatorVisitor<Step, Tensor>.Resize(Resize op, Step step)
    {
        var input = Input(step, 0);
        var shape = input.shape;
        var factors = Resize.HasScales(step.Context) ? Floats(step, 2) : null;
        var sizes = factors is null ? Integers(step, 3) : [.. shape.Select((size, axis) => (long)Math.Floor(size * (double)factors[axis]))];
        float Scale(long axis) => factors?[axis] ?? (float)sizes[axis] / shape[axis];
        if (shape.Length == 4 && (sizes[0], sizes[1]) == (shape[0], shape[1]) && input.is_floating_point() && Interpolated() is { } fast)
        {
            return fast;
        }

        return ByFloats(op.Mode == ResizeMode.Cubic ? Wide(input) : input, x => Scoped(() => Axes(0, shape.Length)
            .Where(axis => sizes[axis] != shape[axis] || !Scale(axis).Equals(1f))
            .Aggregate(x.alias(), (result, axis) => Resized(result, axis, [.. Enumerable.Range(0, (int)sizes[axis]).Select(place => Source(op, place, shape[axis], sizes[axis], Scale(axis)))]))));

        Tensor Resized(Tensor x, long axis, float[] sources) => op.Mode switch
        {
            ResizeMode.Nearest => x.index_select(axis, Places(sources.Select(source => Nearest(op, source, shape[axis])))),
            ResizeMode.Linear => Linear(x, axis, sources),
            ResizeMode.Cubic => Cubic(op, x, axis, sources),
            var other => throw Untrainable(step, $"mode {other}"),
        };

        Tensor? Interpolated()
        {
            long[]? targets = factors is null ? [sizes[2], sizes[3]] : null;
            double[]? scales = factors is null ? null : [factors[2], factors[3]];
            return (op.Mode, op.Coordinates, op.Rounding) switch
            {
                // An output of one pixel has coordinates of its own there, which libtorch lacks.
                (ResizeMode.Linear, ResizeCoordinates.PytorchHalfPixel, _) when sizes[2] == 1 || sizes[3] == 1 => null,
                (ResizeMode.Linear, ResizeCoordinates.HalfPixel or ResizeCoordinates.PytorchHalfPixel, _) => F.interpolate(input, targets, scales, InterpolationMode.Bilinear, false),
                (ResizeMode.Linear, ResizeCoordinates.AlignCorners, _) => F.interpolate(input, targets, scales, InterpolationMode.Bilinear, true),
                (ResizeMode.Nearest, ResizeCoordinates.Asymmetric, ResizeRounding.Floor) => F.interpolate(input, targets, scales, InterpolationMode.Nearest),
                (ResizeMode.Nearest, ResizeCoordinates.HalfPixel, ResizeRounding.RoundPreferCeil) => F.interpolate(Wide(input), targets, scales, InterpolationMode.NearestExact),
                _ => null,
            };
        }
    }

    /// <summary>Where an output pixel lies in the input (onnx/docs/Operators.md, Resize), in single precision as ONNX Runtime has it.</summary>
    private static float Source(Resize op, int place, long from, long to, float scale) => op.Coordinates switch
    {
        ResizeCoordinates.HalfPixel => ((place + 0.5f) / scale) - 0.5f,
        ResizeCoordinates.PytorchHalfPixel => to > 1 ? ((place + 0.5f) / scale) - 0.5f : 0,
        ResizeCoordinates.AlignCorners => to > 1 ? place * (float)(from - 1) / (to - 1) : 0,
        ResizeCoordinates.Asymmetric => place / scale,
        var other => throw new ArgumentOutOfRangeException(nameof(op), other, "Unknown coordinates."),
    };

    private static long Nearest(Resize op, float source, long size) => Math.Clamp((long)(op.Rounding switch
    {
        ResizeRounding.RoundPreferFloor => MathF.Ceiling(source - 0.5f),
        ResizeRounding.RoundPreferCeil => MathF.Floor(source + 0.5f),
        ResizeRounding.Floor => MathF.Floor(source),
        ResizeRounding.Ceil => MathF.Ceiling(source),
        var other => throw new ArgumentOutOfRangeException(nameof(op), other, "Unknown rounding."),
    }), 0, size - 1);

    /// <summary>Values between neighbours along an axis.</summary>
    private Tensor Linear(Tensor input, long axis, float[] sources)
    {
        var last = input.shape[axis] - 1;
        float[] inside = [.. sources.Select(s => Math.Clamp(s, 0, last))];
        long[] column = [.. Enumerable.Repeat(1L, (int)(input.ndim - axis - 1))];
        var weights = TensorData.Of<float>(inside.Select(static s => s - MathF.Floor(s)).ToArray()).ToTensor().to(Device).to(input.dtype).reshape([-1, .. column]);
        var lower = input.index_select(axis, Places(inside.Select(static s => (long)s)));
        var upper = input.index_select(axis, Places(inside.Select(s => Math.Min((long)s + 1, last))));
        return lower.add(upper.sub(lower).mul(weights));
    }

    /// <summary>Cubic convolution along an axis: a matrix that has the weights of four neighbours in each row.</summary>
    private Tensor Cubic(Resize op, Tensor input, long axis, float[] sources)
    {
        var size = input.shape[axis];
        var matrix = new float[size * sources.Length];
        foreach (var (row, source) in sources.Index())
        {
            var first = (long)MathF.Floor(source) - 1;
            float[] weights = [.. Enumerable.Range(0, 4).Select(i => op.ExcludeOutside && (first + i < 0 || first + i >= size) ? 0 : Keys(source - (first + i), op.CubicCoefficient))];
            var sum = op.ExcludeOutside ? weights.Sum() : 1;
            foreach (var (i, weight) in weights.Index())
            {
                matrix[(row * size) + Math.Clamp(first + i, 0, size - 1)] += weight / sum;
            }
        }

        var turned = TensorData.Of<float>(matrix, sources.Length, size).ToTensor().to(Device).to(input.dtype).transpose(0, 1);
        return matmul(input.transpose(axis, -1), turned).transpose(axis, -1);
    }

    /// <summary>The kernel of cubic convolution (Keys 1981, «Cubic convolution interpolation for digital image processing», equation 4).</summary>
    private static float Keys(float distance, float a) => MathF.Abs(distance) switch
    {
        <= 1 and var d => ((((a + 2) * d) - (a + 3)) * d * d) + 1,
        < 2 and var d => (((((d - 5) * d) + 8) * d) - 4) * a,
        _ => 0,
    };

    private static long Modulo(long value, long divisor) => ((value % divisor) + divisor) % divisor;

    private float[] Floats(Step step, int index) =>
        (step.Context.ConstantValue(step.Node.Inputs[index]) ?? Input(step, index).to(ScalarType.Float32).ToTensorData()).Values<float>().ToArray();
}
