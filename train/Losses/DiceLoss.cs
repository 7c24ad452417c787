using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Losses;

/// <summary>
/// 1 − the soft Dice coefficient, (2Σpg + s) / (Σp + Σg + s) over the pixels of an image, averaged over classes and images (Milletari et al. 2016,
/// arXiv 1606.04797, with sums in place of squares): large and small objects count the same. p is the softmax over the classes, or the
/// sigmoid of a single logit.
/// </summary>
/// <param name="smoothing">s: keeps the quotient defined for a class that an image does not have; 1 by default.</param>
public sealed class DiceLoss(double smoothing = DiceLoss.DefaultSmoothing) : Loss
{
    /// <summary>One pixel's worth.</summary>
    public const double DefaultSmoothing = 1;

    /// <inheritdoc/>
    public override string Name => "dice";

    /// <inheritdoc/>
    public override IReadOnlyList<ModelTask> Tasks => [ModelTask.Segmentation];

    /// <inheritdoc/>
    public override Tensor Compute(Tensor output, Tensor target)
    {
        var probability = output.shape[1] == 1 ? output.sigmoid() : output.softmax(1);
        Tensor truth;
        if (IsSoft(target))
        {
            RequireSameShape(output, target);
            truth = target;
        }
        else
        {
            var classes = WithIgnoredIndex(target);
            truth = ClassLayout.OneHot(classes, output);
            probability = probability.mul(ClassLayout.Counted(classes).unsqueeze(1));
        }

        var overlap = probability.mul(truth).sum([2L, 3L]);
        var total = probability.sum([2L, 3L]).add(truth.sum([2L, 3L]));
        return overlap.mul(2).add(smoothing).div(total.add(smoothing)).mean().neg().add(1);
    }
}
