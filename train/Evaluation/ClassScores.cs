using Toolchain.Train.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Evaluation;

/// <summary>From what networks compute to the log-probabilities of classes, in which all measurements and averages are made: no probability is too small for them.</summary>
internal static class ClassScores
{
    /// <summary>Log-probabilities over dimension 1 of a network's output; a single logit becomes two classes.</summary>
    public static Tensor LogProbabilities(Tensor output, OutputForm form) => form switch
    {
        OutputForm.Logits => ClassLayout.LogSoftmax(output),
        OutputForm.LogProbabilities => output,
        OutputForm.Probabilities => output.log(),
        _ => throw new ArgumentOutOfRangeException(nameof(form), form, "Unknown form."),
    };

    /// <summary>The logarithm of the mean of probabilities that are given by their logarithms.</summary>
    public static Tensor Mean(IReadOnlyList<Tensor> logProbabilities) => logProbabilities.Count == 1
        ? logProbabilities[0]
        : stack(logProbabilities, 0).logsumexp(0).sub(Math.Log(logProbabilities.Count));

    /// <summary>
    /// How far members disagree about each image, <c>[N]</c> in nats: the mutual information between the class and the member, which is the entropy of
    /// the mean prediction minus the mean entropy of the predictions (Lakshminarayanan et al. 2017, arXiv 1612.01474). 0 when all agree.
    /// </summary>
    /// <param name="members">The members' log-probabilities, <c>[N, K]</c> each.</param>
    /// <param name="mean">Their <see cref="Mean"/>.</param>
    public static Tensor Disagreement(IReadOnlyList<Tensor> members, Tensor mean) =>
        Entropy(mean).sub(stack(members.Select(Entropy), 0).mean([0L])).clamp(0);

    // Where p is 0 its logarithm is infinite, and the product is to be 0.
    private static Tensor Entropy(Tensor logProbabilities) => logProbabilities.exp().mul(logProbabilities.clamp(-1e4)).sum(1L).neg();
}
