using static TorchSharp.torch;

namespace Toolchain.Train.Optimization;

/// <summary>
/// Stochastic gradient descent with momentum, as <c>torch.optim.SGD</c>: g ← g + λ·p, v ← μ·v + (1 − τ)·g, p ← p − lr·v (with Nesterov:
/// p − lr·(g + μ·v)); the first v is g.
/// </summary>
/// <param name="groups">What to update.</param>
/// <param name="standardMomentum">μ unless a step says otherwise; 0 by default.</param>
/// <param name="dampening">τ: the share of the gradient that momentum leaves out; 0 by default.</param>
/// <param name="nesterov">Looks ahead by one step; off by default. It takes no dampening.</param>
public sealed class Sgd(IReadOnlyList<ParameterGroup> groups, double standardMomentum = 0, double dampening = 0, bool nesterov = false) : Optimizer(groups)
{
    private const string Velocity = "momentum";

    private readonly double _dampening = !nesterov || dampening == 0 ? dampening : throw new ArgumentException("Nesterov momentum takes no dampening.", nameof(dampening));

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Kinds => [Velocity];

    /// <inheritdoc/>
    protected override void Update(Tensor parameter, Tensor gradient, ParameterState state, ParameterRate rate)
    {
        var mu = rate.Momentum ?? standardMomentum;
        if (rate.WeightDecay != 0)
        {
            gradient.add_(parameter, rate.WeightDecay);
        }

        if (mu == 0)
        {
            parameter.add_(gradient, -rate.LearningRate);
            return;
        }

        var velocity = state.Find(Velocity);
        if (velocity is null)
        {
            velocity = state.Keep(Velocity, gradient.clone());
        }
        else
        {
            velocity.mul_(mu).add_(gradient, 1 - _dampening);
        }

        if (nesterov)
        {
            gradient.add_(velocity, mu);
            parameter.add_(gradient, -rate.LearningRate);
        }
        else
        {
            parameter.add_(velocity, -rate.LearningRate);
        }
    }
}
