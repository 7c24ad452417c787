using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Optimization;

/// <summary>Keeps gradients from growing beyond a limit, between backward and the optimiser's step.</summary>
public abstract record GradientClipping
{
    /// <summary>Changes the gradients of all groups in place.</summary>
    /// <returns>What the clipping measured, a scalar on the gradients' device, which the current dispose scope owns; null when it measures nothing.</returns>
    public abstract Tensor? Apply(IReadOnlyList<ParameterGroup> groups);

    /// <summary>The gradients of all groups; the current dispose scope owns the handles.</summary>
    internal static IReadOnlyList<Tensor> Gradients(IReadOnlyList<ParameterGroup> groups) =>
        [.. groups.SelectMany(static g => g.Parameters.Values).Select(static p => p.grad).OfType<Tensor>()];
}

/// <summary>
/// Scales all gradients by the same factor when their common Euclidean norm is above a limit (Pascanu et al. 2013, arXiv 1211.5063), as
/// <c>torch.nn.utils.clip_grad_norm_</c>.
/// </summary>
/// <param name="MaxNorm">The limit, above 0.</param>
public sealed record NormClipping(double MaxNorm) : GradientClipping
{
    private const double Epsilon = 1e-6;

    /// <summary>Scales the gradients. On a GPU nothing waits for the device.</summary>
    /// <returns>The norm before, a scalar, which the current dispose scope owns; null without gradients.</returns>
    public override Tensor? Apply(IReadOnlyList<ParameterGroup> groups)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var gradients = Gradients(groups);
        if (gradients.Count == 0)
        {
            return null;
        }

        var norm = stack(gradients.Select(static g => g.norm())).norm();
        Scalar one = 1.0;
        var factor = norm.add(Epsilon).reciprocal().mul(MaxNorm).clamp(max: one);

        // On the CPU the factor is known already, and a factor of one is no pass over the gradients.
        if (factor.device_type != DeviceType.CPU || factor.item<float>() != 1)
        {
            foreach (var gradient in gradients)
            {
                gradient.mul_(factor);
            }
        }

        return norm.MoveToOuterDisposeScope();
    }
}

/// <summary>Limits every element of every gradient, as <c>torch.nn.utils.clip_grad_value_</c>.</summary>
/// <param name="Limit">The largest absolute value, above 0.</param>
public sealed record ValueClipping(double Limit) : GradientClipping
{
    /// <summary>Limits the gradients.</summary>
    /// <returns>Null: nothing is measured.</returns>
    public override Tensor? Apply(IReadOnlyList<ParameterGroup> groups)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        Scalar low = -Limit;
        Scalar high = Limit;
        foreach (var gradient in Gradients(groups))
        {
            gradient.clamp_(low, high);
        }

        return null;
    }
}
