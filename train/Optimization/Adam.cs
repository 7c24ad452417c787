using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Optimization;

/// <summary>
/// Adam (Kingma and Ba 2015, arXiv 1412.6980), as <c>torch.optim.Adam</c>: p ← p − lr/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε).
/// </summary>
/// <param name="parameters">What to update, by name.</param>
/// <param name="beta1">Decay of the mean of gradients; 0.9 by default.</param>
/// <param name="beta2">Decay of the mean of squared gradients; 0.999 by default.</param>
/// <param name="epsilon">Keeps the quotient finite; 1e-8 by default.</param>
/// <param name="weightDecay">λ: adds λ·p to the gradient; 0 by default.</param>
public sealed class Adam(
    IReadOnlyDictionary<string, Tensor> parameters, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0) : Optimizer(parameters)
{
    /// <inheritdoc/>
    protected override void Update(string name, Tensor parameter, Tensor gradient, double learningRate, double? momentum)
    {
        var b1 = momentum ?? beta1;
        var direction = weightDecay > 0 ? gradient.add(parameter, weightDecay) : gradient;
        var mean = StateOf("mean", name, () => zeros_like(parameter));
        var square = StateOf("square", name, () => zeros_like(parameter));
        mean.mul_(b1).add_(direction, 1 - b1);
        square.mul_(beta2).addcmul_(direction, direction, 1 - beta2);

        var correction1 = 1 - Math.Pow(b1, Steps);
        var correction2 = 1 - Math.Pow(beta2, Steps);
        var scale = square.sqrt().div_(Math.Sqrt(correction2)).add_(epsilon);
        parameter.addcdiv_(mean, scale, -learningRate / correction1);
    }
}
