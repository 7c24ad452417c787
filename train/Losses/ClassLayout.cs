using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Toolchain.Train.Losses;

/// <summary>Class numbers and per-class values in the layout of a network's output, whose classes are dimension 1.</summary>
internal static class ClassLayout
{
    /// <summary>A vector <c>[K]</c> as <c>[1, K]</c> or <c>[1, K, 1, 1]</c>, to multiply an output with.</summary>
    public static Tensor AlongClasses(Tensor vector, Tensor output)
    {
        var shape = new long[output.ndim];
        Array.Fill(shape, 1);
        shape[1] = vector.shape[0];
        return vector.view(shape);
    }

    /// <summary>Where a target counts: 1 or 0, <c>float32</c> of the targets' shape.</summary>
    public static Tensor Counted(Tensor target) => target.ge(0).to(ScalarType.Float32);

    /// <summary>Class numbers <c>[N]</c> or <c>[N, H, W]</c> as ones in their classes, <c>float32 [N, K]</c> or <c>[N, K, H, W]</c>; zeros where a target does not count.</summary>
    /// <param name="target">Class numbers; negative where they do not count.</param>
    /// <param name="output">Gives K; a single logit has the class 1, and class 0 is its absence.</param>
    public static Tensor OneHot(Tensor target, Tensor output)
    {
        if (output.shape[1] == 1)
        {
            return target.eq(1).to(ScalarType.Float32).unsqueeze(1);
        }

        var ones = F.one_hot(target.clamp(0, output.shape[1] - 1), output.shape[1]).to(ScalarType.Float32).mul(Counted(target).unsqueeze(-1));
        return ones.ndim == 2 ? ones : ones.permute(0, 3, 1, 2);
    }

    /// <summary>Log-probabilities of a network's logits; a single logit becomes the two classes without and with it.</summary>
    public static Tensor LogSoftmax(Tensor output) => TwoOrMore(output).log_softmax(1);

    /// <summary>The logits as they are; a single one z as the two logits 0 and z, whose softmax holds 1 − sigmoid(z) and sigmoid(z).</summary>
    public static Tensor TwoOrMore(Tensor output) => output.shape[1] > 1 ? output : cat([zeros_like(output), output], 1);
}
