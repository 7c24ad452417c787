using static TorchSharp.torch;

namespace Toolchain.Train.Optimization;

/// <summary>
/// Stochastic gradient descent with momentum, as <c>torch.optim.SGD</c>: v ← μ·v + g, p ← p − lr·v (with Nesterov: p − lr·(g + μ·v)); the first v is g.
/// </summary>
/// <param name="parameters">What to update, by name.</param>
/// <param name="standardMomentum">μ unless a step says otherwise; 0.9 by default.</param>
/// <param name="weightDecay">λ: adds λ·p to the gradient; 0 by default.</param>
/// <param name="nesterov">Looks ahead by one step; off by default.</param>
public sealed class Sgd(IReadOnlyDictionary<string, Tensor> parameters, double standardMomentum = 0.9, double weightDecay = 0, bool nesterov = false) : Optimizer(parameters)
{
    /// <inheritdoc/>
    protected override void Update(string name, Tensor parameter, Tensor gradient, double learningRate, double? momentum)
    {
        var mu = momentum ?? standardMomentum;
        var direction = weightDecay > 0 ? gradient.add(parameter, weightDecay) : gradient;
        if (mu > 0)
        {
            var first = !State.ContainsKey($"momentum.{name}");
            var velocity = StateOf("momentum", name, direction.clone);
            if (!first)
            {
                velocity.mul_(mu).add_(direction);
            }

            direction = nesterov ? direction.add(velocity, mu) : velocity;
        }

        parameter.add_(direction, -learningRate);
    }
}
