using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Toolchain.Train.Losses;

/// <summary>
/// Binary cross-entropy of the logits' sigmoids, <c>torch.nn.BCEWithLogitsLoss</c>: every logit is a yes or no of its own. Class numbers become
/// ones in their class; a single logit takes the classes 0 and 1; soft targets may say yes to several classes at once.
/// </summary>
public sealed class BceLoss : Loss
{
    /// <inheritdoc/>
    public override string Name => "bce";

    /// <inheritdoc/>
    public override IReadOnlyList<ModelTask> Tasks => [ModelTask.Classification, ModelTask.Segmentation];

    /// <inheritdoc/>
    public override Tensor Compute(Tensor output, Tensor target)
    {
        if (IsSoft(target))
        {
            RequireSameShape(output, target);
            return F.binary_cross_entropy_with_logits(output, target);
        }

        var classes = WithIgnoredIndex(target);
        var each = F.binary_cross_entropy_with_logits(output, ClassLayout.OneHot(classes, output), null, nn.Reduction.None);
        var counted = ClassLayout.Counted(classes);
        return each.mean([1L]).mul(counted).sum().div(counted.sum());
    }
}
