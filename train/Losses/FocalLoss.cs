using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Losses;

/// <summary>
/// −α·(1 − p)^γ·log p of the true class's probability p, averaged over the targets that count (Lin et al. 2017, arXiv 1708.02002): what the
/// network knows well already moves it little. With γ = 0 and no weights it is the cross-entropy. Softmax over the classes; a single logit
/// is the paper's binary form.
/// </summary>
/// <param name="gamma">γ ≥ 0; 2 by default, as in the paper.</param>
/// <param name="classWeights">α, one per class; empty, the default, for none. The mean is not divided by them.</param>
public sealed class FocalLoss(double gamma = FocalLoss.DefaultGamma, EquatableArray<float> classWeights = default) : WeightedLoss(classWeights)
{
    /// <summary>The paper's γ.</summary>
    public const double DefaultGamma = 2;

    // 1 − p below this is rounding alone; the power's slope at 0 would be infinite for γ < 1.
    private const double SmallestMiss = 1e-12;

    /// <inheritdoc/>
    public override string Name => "focal";

    /// <inheritdoc/>
    public override Tensor Compute(Tensor output, Tensor target)
    {
        var log = ClassLayout.LogSoftmax(output);
        var each = log.expm1().neg().clamp(SmallestMiss, 1).pow(gamma).mul(log).neg();
        if (WeightsOn(output.device) is { } weights)
        {
            each = each.mul(ClassLayout.AlongClasses(weights, log));
        }

        if (IsSoft(target))
        {
            RequireSameShape(log, target);
            return each.mul(target).sum(1L).mean();
        }

        var classes = WithIgnoredIndex(target);
        var counted = ClassLayout.Counted(classes);
        return each.gather(1, classes.clamp(0, log.shape[1] - 1).unsqueeze(1)).squeeze(1).mul(counted).sum().div(counted.sum());
    }
}
