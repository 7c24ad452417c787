using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Toolchain.Train.Losses;

/// <summary>
/// −log of the softmax of the true class, by the rules of <c>torch.nn.CrossEntropyLoss</c>: with class weights w, class numbers y give
/// Σ w[y]·l / Σ w[y], and soft targets t give Σ w·t·l / N. Label smoothing ε moves a share ε of each target to all classes alike
/// (Szegedy et al. 2016, arXiv 1512.00567, section 7).
/// </summary>
/// <param name="labelSmoothing">ε, 0..1; 0 by default.</param>
/// <param name="classWeights">One weight per class; empty, the default, for none.</param>
public sealed class CrossEntropyLoss(double labelSmoothing = 0, EquatableArray<float> classWeights = default) : WeightedLoss(classWeights)
{
    /// <inheritdoc/>
    public override string Name => "cross-entropy";

    /// <inheritdoc/>
    public override Tensor Compute(Tensor output, Tensor target)
    {
        var weights = WeightsOn(output.device);
        if (!IsSoft(target))
        {
            return F.cross_entropy(output, WithIgnoredIndex(target), weights, IgnoredIndex, nn.Reduction.Mean, labelSmoothing);
        }

        RequireSameShape(output, target);
        return F.cross_entropy(output, target, weights, IgnoredIndex, nn.Reduction.Mean, labelSmoothing);
    }
}
