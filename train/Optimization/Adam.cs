using static TorchSharp.torch;

namespace Toolchain.Train.Optimization;

/// <summary>
/// Adam (Kingma and Ba 2015, arXiv 1412.6980), as <c>torch.optim.Adam</c>: p ← p − lr/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε), where λ·p is part of the
/// gradient.
/// </summary>
/// <param name="groups">What to update.</param>
/// <param name="beta1">Decay of the mean of gradients; 0.9 by default.</param>
/// <param name="beta2">Decay of the mean of squared gradients; 0.999 by default.</param>
/// <param name="epsilon">Keeps the quotient finite; 1e-8 by default.</param>
public class Adam(IReadOnlyList<ParameterGroup> groups, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8) : Optimizer(groups)
{
    private const string Mean = "mean";
    private const string Square = "square";

    /// <inheritdoc/>
    protected sealed override IReadOnlyList<string> Kinds => [Mean, Square];

    /// <inheritdoc/>
    protected sealed override void Update(Tensor parameter, Tensor gradient, ParameterState state, ParameterRate rate)
    {
        if (rate.WeightDecay != 0)
        {
            Decay(parameter, gradient, rate);
        }

        var b1 = rate.Momentum ?? beta1;
        var mean = state.Find(Mean, parameter);
        var square = state.Find(Square, parameter);
        mean.mul_(b1).add_(gradient, 1 - b1);
        square.mul_(beta2).addcmul_(gradient, gradient, 1 - beta2);

        // Numerator and denominator times √(1−β₂ᵗ) save a pass over the parameter: the order that the paper's section 2 proposes.
        var correction1 = 1 - Math.Pow(b1, state.Steps);
        var root2 = Math.Sqrt(1 - Math.Pow(beta2, state.Steps));
        parameter.addcdiv_(mean, square.sqrt().add_(epsilon * root2), -rate.LearningRate * root2 / correction1);
    }

    /// <summary>Applies a λ that is not 0.</summary>
    private protected virtual void Decay(Tensor parameter, Tensor gradient, ParameterRate rate) => gradient.add_(parameter, rate.WeightDecay);
}

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv 1711.05101), as <c>torch.optim.AdamW</c>: p ← p − lr·λ·p before Adam's update,
/// whose gradient knows nothing of λ. Its usual λ is 0.01 (<see cref="OptimizerKinds.DefaultWeightDecay"/>).
/// </summary>
/// <param name="groups">What to update.</param>
/// <param name="beta1">Decay of the mean of gradients; 0.9 by default.</param>
/// <param name="beta2">Decay of the mean of squared gradients; 0.999 by default.</param>
/// <param name="epsilon">Keeps the quotient finite; 1e-8 by default.</param>
public sealed class AdamW(IReadOnlyList<ParameterGroup> groups, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8) : Adam(groups, beta1, beta2, epsilon)
{
    private protected override void Decay(Tensor parameter, Tensor gradient, ParameterRate rate) => parameter.mul_(1 - (rate.LearningRate * rate.WeightDecay));
}
