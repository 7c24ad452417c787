using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Toolchain.Train.Losses;

/// <summary>A mean over all values of all images.</summary>
public abstract class RegressionLoss : Loss
{
    /// <inheritdoc/>
    public override IReadOnlyList<ModelTask> Tasks => [ModelTask.Regression];

    /// <inheritdoc/>
    public override Tensor Compute(Tensor output, Tensor target)
    {
        RequireSameShape(output, target);
        return Mean(output, target);
    }

    /// <summary>The mean for output and target of one shape.</summary>
    protected abstract Tensor Mean(Tensor output, Tensor target);
}

/// <summary>The mean squared error, <c>torch.nn.MSELoss</c>.</summary>
public sealed class MseLoss : RegressionLoss
{
    /// <inheritdoc/>
    public override string Name => "mse";

    /// <inheritdoc/>
    protected override Tensor Mean(Tensor output, Tensor target) => F.mse_loss(output, target);
}

/// <summary>The mean absolute error, <c>torch.nn.L1Loss</c>: less moved by outliers than squares are.</summary>
public sealed class L1Loss : RegressionLoss
{
    /// <inheritdoc/>
    public override string Name => "l1";

    /// <inheritdoc/>
    protected override Tensor Mean(Tensor output, Tensor target) =>
        // Not l1_loss: before TorchSharp 0.102.8 it computed squares.
        output.sub(target).abs().mean();
}

/// <summary>d²/2β for differences below β and |d| − β/2 above, <c>torch.nn.SmoothL1Loss</c> (Girshick 2015, arXiv 1504.08083).</summary>
/// <param name="beta">β, above 0; 1 by default.</param>
public sealed class SmoothL1Loss(double beta = SmoothL1Loss.DefaultBeta) : RegressionLoss
{
    /// <summary>PyTorch's β.</summary>
    public const double DefaultBeta = 1;

    /// <inheritdoc/>
    public override string Name => "smooth-l1";

    /// <inheritdoc/>
    protected override Tensor Mean(Tensor output, Tensor target) => F.smooth_l1_loss(output, target, nn.Reduction.Mean, beta);
}
