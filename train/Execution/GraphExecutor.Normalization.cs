using Toolchain.Graphs;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Toolchain.Train.Execution;

/// <content>Normalisations, whose statistics are never computed in 16 bits, and dropout.</content>
public sealed partial class GraphExecutor
{
    // libtorch's momentum is the share of the new batch, ONNX's the share that stays. Activations may be bfloat16; statistics stay float32.
    // A frozen normalisation keeps its statistics, and uses them. What is computed a second time must not count twice: its share is 0.
    Tensor IOperatorVisitor<Step, Tensor>.BatchNormalization(BatchNormalization op, Step step) => F.batch_norm(
        Input(step, 0), Input(step, 3), Input(step, 4), Input(step, 1), Input(step, 2),
        Training && !Weights.IsFrozen(step.Node.Inputs[1]), _recomputing ? 0 : 1 - (double)op.Momentum, op.Epsilon);

    Tensor IOperatorVisitor<Step, Tensor>.InstanceNormalization(InstanceNormalization op, Step step) =>
        F.instance_norm(Wide(Input(step, 0)), null, null, Input(step, 1), Input(step, 2), true, 0, op.Epsilon);

    Tensor IOperatorVisitor<Step, Tensor>.GroupNormalization(GroupNormalization op, Step step) =>
        F.group_norm(Wide(Input(step, 0)), op.Groups, Input(step, 1), Input(step, 2), op.Epsilon);

    Tensor IOperatorVisitor<Step, Tensor>.LayerNormalization(LayerNormalization op, Step step)
    {
        var (input, scale, bias) = (Wide(Input(step, 0)), Input(step, 1), step.Context.Has(2) ? Input(step, 2) : null);
        long[] normalized = [.. input.shape.Skip((int)FromBeginning(op.Axis, input))];
        if (scale.shape.SequenceEqual(normalized) && (bias is null || bias.shape.SequenceEqual(normalized)))
        {
            return F.layer_norm(input, normalized, scale, bias, op.Epsilon);
        }

        return Scoped(() =>
        {
            var scaled = F.layer_norm(input, normalized, null, null, op.Epsilon).mul(scale);
            return bias is null ? scaled : scaled.add(bias);
        });
    }

    // The mean of squares over neighbouring channels is an average pooling over the channel axis that counts the padding.
    Tensor IOperatorVisitor<Step, Tensor>.LRN(LRN op, Step step)
    {
        var input = Wide(Input(step, 0));
        return Scoped(() =>
        {
            var squares = input.mul(input).reshape(input.shape[0], 1, input.shape[1], -1);
            var before = (op.Size - 1) / 2;
            var means = F.avg_pool2d(F.pad(squares, [0, 0, before, op.Size - 1 - before]), [op.Size, 1], [1, 1], [0, 0], false, true);
            return input.div(means.reshape(input.shape).mul(op.Alpha).add(op.Bias).pow((Scalar)op.Beta));
        });
    }

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
}
