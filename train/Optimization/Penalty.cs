using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Optimization;

/// <summary>
/// A penalty on the size of the weights that is added to the loss: λ₁·Σ|p| + λ₂·Σp² (notes: L2 Regularization). With both it is the elastic net (Zou
/// and Hastie 2005). For plain gradient descent λ₂ is the same as a weight decay of 2·λ₂.
/// </summary>
/// <param name="L1">λ₁; 0 for none.</param>
/// <param name="L2">λ₂; 0 for none.</param>
public readonly record struct Penalty(double L1, double L2)
{
    /// <summary>The penalty of the parameters that require a gradient.</summary>
    /// <returns>A scalar, which the current dispose scope owns; null when both λ are 0 or no parameter is trained.</returns>
    public Tensor? Of(IEnumerable<Tensor> parameters)
    {
        if (this is { L1: 0, L2: 0 } || parameters.Where(static p => p.requires_grad).ToArray() is not { Length: > 0 } trained)
        {
            return null;
        }

        var absolute = L1 == 0 ? null : stack(trained.Select(static p => p.abs().sum())).sum().mul(L1);
        var squared = L2 == 0 ? null : stack(trained.Select(static p => p.pow(2).sum())).sum().mul(L2);
        return absolute is null ? squared : squared is null ? absolute : absolute.add(squared);
    }
}
