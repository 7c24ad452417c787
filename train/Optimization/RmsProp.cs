using static TorchSharp.torch;

namespace Toolchain.Train.Optimization;

/// <summary>
/// RMSprop (Tieleman and Hinton 2012, lecture 6.5), as <c>torch.optim.RMSprop</c>: s ← α·s + (1 − α)·g², p ← p − lr·g / (√s + ε); centered, the
/// square of the mean gradient is taken from s (Graves 2013, arXiv 1308.0850); with momentum, v ← μ·v + g / (√s + ε), p ← p − lr·v.
/// </summary>
/// <param name="groups">What to update.</param>
/// <param name="alpha">Decay of the mean of squared gradients; 0.99 by default.</param>
/// <param name="epsilon">Keeps the quotient finite; 1e-8 by default.</param>
/// <param name="standardMomentum">μ unless a step says otherwise; 0 by default.</param>
/// <param name="centered">Whether to divide by the gradient's standard deviation instead of its root mean square; off by default.</param>
public sealed class RmsProp(
    IReadOnlyList<ParameterGroup> groups, double alpha = 0.99, double epsilon = 1e-8, double standardMomentum = 0, bool centered = false) : Optimizer(groups)
{
    private const string Square = "square";
    private const string Mean = "mean";
    private const string Velocity = "momentum";

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Kinds => [Square, Mean, Velocity];

    /// <inheritdoc/>
    protected override void Update(Tensor parameter, Tensor gradient, ParameterState state, ParameterRate rate)
    {
        var mu = rate.Momentum ?? standardMomentum;
        if (rate.WeightDecay != 0)
        {
            gradient.add_(parameter, rate.WeightDecay);
        }

        var square = state.Find(Square, parameter);
        square.mul_(alpha).addcmul_(gradient, gradient, 1 - alpha);
        var scale = Variance(parameter, gradient, state, square).sqrt().add_(epsilon);
        if (mu == 0)
        {
            parameter.addcdiv_(gradient, scale, -rate.LearningRate);
            return;
        }

        var velocity = state.Find(Velocity, parameter);
        velocity.mul_(mu).addcdiv_(gradient, scale);
        parameter.add_(velocity, -rate.LearningRate);
    }

    private Tensor Variance(Tensor parameter, Tensor gradient, ParameterState state, Tensor square)
    {
        if (!centered)
        {
            return square;
        }

        var mean = state.Find(Mean, parameter);
        mean.mul_(alpha).add_(gradient, 1 - alpha);
        return square.addcmul(mean, mean, -1);
    }
}
