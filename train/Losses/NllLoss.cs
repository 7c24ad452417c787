using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Toolchain.Train.Losses;

/// <summary>
/// The negative log-likelihood, <c>torch.nn.NLLLoss</c>, of a network that ends in <c>LogSoftmax</c>: its outputs are log-probabilities already.
/// Equal to <see cref="CrossEntropyLoss"/> on the logits before, weights included.
/// </summary>
/// <param name="classWeights">One weight per class; empty, the default, for none.</param>
public sealed class NllLoss(EquatableArray<float> classWeights = default) : WeightedLoss(classWeights)
{
    /// <inheritdoc/>
    public override string Name => "nll";

    /// <inheritdoc/>
    public override Tensor Compute(Tensor output, Tensor target)
    {
        var weights = WeightsOn(output.device);
        if (!IsSoft(target))
        {
            return F.nll_loss(output, WithIgnoredIndex(target), weights);
        }

        RequireSameShape(output, target);
        var likelihood = output.mul(target);
        return (weights is null ? likelihood : likelihood.mul(ClassLayout.AlongClasses(weights, output))).sum(1L).mean().neg();
    }
}
