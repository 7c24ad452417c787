using Toolchain.Graphs;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Execution;

/// <content>
/// One method per operator, in one file per family; each returns a tensor handle of its own, which the current dispose scope owns. Here is what they share.
/// </content>
public sealed partial class GraphExecutor
{
    Tensor IOperatorVisitor<Step, Tensor>.Cast(Cast op, Step step) => Input(step, 0).to(op.To.ToScalarType());

    Tensor IOperatorVisitor<Step, Tensor>.Identity(Identity op, Step step) => Input(step, 0).alias();

    Tensor IOperatorVisitor<Step, Tensor>.Constant(Constant op, Step step) => _constants[step.Output].alias();

    Tensor IOperatorVisitor<Step, Tensor>.Foreign(Foreign op, Step step) => throw Untrainable(step, "an operator that the trainer does not know");

    /// <summary>Frees the steps of a computation, and leaves its result.</summary>
    private static Tensor Scoped(Func<Tensor> compute)
    {
        using var scope = NewDisposeScope();
        return compute().MoveToOuterDisposeScope();
    }

    /// <summary>A tensor in at least single precision: what statistics, powers and logarithms are computed in.</summary>
    private static Tensor Wide(Tensor tensor) => tensor.dtype is ScalarType.BFloat16 or ScalarType.Float16 ? tensor.to(ScalarType.Float32) : tensor;

    /// <summary>Computes with integers by way of doubles, where libtorch only takes floats.</summary>
    private static Tensor ByFloats(Tensor input, Func<Tensor, Tensor> compute) =>
        input.is_floating_point() ? compute(input) : Scoped(() => compute(input.to(ScalarType.Float64)).to(input.dtype));

    // Behind a 16-bit convolution one operand may have 16 bits and the other be float32; the wider format wins.
    private static Tensor[] Aligned(Tensor[] tensors) => tensors.All(t => t.dtype == tensors[0].dtype) ? tensors : [.. tensors.Select(Wide)];

    /// <summary>All inputs of a node, in one number format.</summary>
    private Tensor[] Inputs(Step step) => Aligned([.. Enumerable.Range(0, step.Node.Inputs.Count).Select(i => Input(step, i))]);

    /// <summary>A list of integers that the graph holds or computes.</summary>
    private long[] Integers(Step step, int index)
    {
        var data = step.Context.ConstantValue(step.Node.Inputs[index]) ?? Input(step, index).ToTensorData();
        return data.Type switch
        {
            ElementType.Int64 => data.Values<long>().ToArray(),
            ElementType.Int32 => [.. data.Values<int>().ToArray().Select(static v => (long)v)],
            _ => throw Untrainable(step, $"{data} where a list of integers belongs"),
        };
    }

    /// <summary>A number that the graph holds or computes; null where the input is left out.</summary>
    private double? Number(Step step, int index) => !step.Context.Has(index) ? null
        : (step.Context.ConstantValue(step.Node.Inputs[index]) ?? Wide(Input(step, index)).ToTensorData()).Number()
            ?? throw Untrainable(step, $"input {index} of {step.Context.Types[index]} where a number belongs");

    private static long FromBeginning(long axis, Tensor tensor) => axis < 0 ? axis + tensor.ndim : axis;

    private static long[] Longs(EquatableArray<long> values) => values.AsSpan().ToArray();

    private static long[] Axes(long first, long count) => [.. Enumerable.Range((int)first, (int)count).Select(static i => (long)i)];

    private static ToolchainException Untrainable(Step step, string why) => new(ErrorKind.BadInput, $"{step.Node} cannot be trained: it has {why}.");
}
