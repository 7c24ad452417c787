using static TorchSharp.torch;

namespace Toolchain.Train.Optimization;

/// <summary>A loss scaler's state.</summary>
/// <param name="Scale">What losses are multiplied by.</param>
/// <param name="GoodSteps">Steps without overflow since the scale last changed.</param>
public readonly record struct LossScale(double Scale, long GoodSteps = 0);

/// <summary>
/// Keeps small gradients of float16 networks from vanishing, as <c>torch.cuda.amp.GradScaler</c> (Micikevicius et al. 2018, arXiv 1710.03740): the loss
/// is multiplied by a scale before backward, the gradients are divided by it before the step. A gradient that overflows costs its step and lowers
/// the scale; many steps without one raise it.
/// </summary>
public sealed class LossScaler
{
    private const double Growth = 2;
    private const double Backoff = 0.5;
    private const long GrowthInterval = 2000;

    /// <summary>The scale and its age, for checkpoints; it starts at 65 536.</summary>
    public LossScale State { get; set; } = new(65536);

    /// <summary>The loss times the scale, for backward; the current dispose scope owns it.</summary>
    public Tensor Scaled(Tensor loss) => loss.mul(State.Scale);

    /// <summary>
    /// Divides all gradients by the scale, in place, and adjusts the scale. Called once for every step, before gradients are clipped.
    /// </summary>
    /// <returns>Whether all gradients are finite. If not, they have been dropped, and the step is to be left out.</returns>
    public bool Unscale(IReadOnlyList<ParameterGroup> groups)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var gradients = GradientClipping.Gradients(groups);
        foreach (var gradient in gradients)
        {
            gradient.mul_(1 / State.Scale);
        }

        // The largest magnitude of all says it with one look at the device, however many gradients there are.
        var finite = gradients.Count == 0 || stack(gradients.Select(static g => g.norm(float.PositiveInfinity))).max().isfinite().item<bool>();
        if (!finite)
        {
            foreach (var parameter in groups.SelectMany(static g => g.Parameters.Values))
            {
                parameter.grad = null;
            }
        }

        State = (finite, State) switch
        {
            (false, var state) => new(state.Scale * Backoff),
            (true, { GoodSteps: >= GrowthInterval - 1 } state) => new(state.Scale * Growth),
            (true, var state) => state with { GoodSteps = state.GoodSteps + 1 },
        };
        return finite;
    }
}
