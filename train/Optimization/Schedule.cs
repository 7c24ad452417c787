namespace Toolchain.Train.Optimization;

/// <summary>What a schedule says for one step.</summary>
/// <param name="LearningRate">The rate.</param>
/// <param name="Momentum">Replaces the optimiser's momentum; null leaves it.</param>
public readonly record struct StepRate(double LearningRate, double? Momentum = null);

/// <summary>The learning rate as a function of the step: a closed form, so that a resumed run needs no state.</summary>
/// <param name="BaseRate">The rate that <c>--lr</c> gives.</param>
public abstract record Schedule(double BaseRate)
{
    /// <summary>The rate of step <paramref name="step"/>, counted from 0.</summary>
    /// <param name="step">The step, below <paramref name="totalSteps"/>.</param>
    /// <param name="stepsPerEpoch">Steps in an epoch.</param>
    /// <param name="totalSteps">Steps of the whole run.</param>
    public abstract StepRate At(long step, long stepsPerEpoch, long totalSteps);
}

/// <summary>Always the same rate.</summary>
public sealed record ConstantSchedule(double BaseRate) : Schedule(BaseRate)
{
    /// <inheritdoc/>
    public override StepRate At(long step, long stepsPerEpoch, long totalSteps) => new(BaseRate);
}

/// <summary>
/// Multiplies the rate by γ every few epochs, as <c>torch.optim.lr_scheduler.StepLR</c> (notes: Dynamic learning rate).
/// </summary>
/// <param name="BaseRate">The rate of the first epochs.</param>
/// <param name="StepSize">Epochs between two decays.</param>
/// <param name="Gamma">The factor.</param>
public sealed record StepSchedule(double BaseRate, int StepSize, double Gamma) : Schedule(BaseRate)
{
    /// <inheritdoc/>
    public override StepRate At(long step, long stepsPerEpoch, long totalSteps) => new(BaseRate * Math.Pow(Gamma, step / stepsPerEpoch / StepSize));
}

/// <summary>
/// One cycle (Smith and Topin 2018, arXiv 1708.07120) as <c>torch.optim.lr_scheduler.OneCycleLR</c> with its defaults: the rate rises from
/// max/25 to max over the first 30 % of the steps and falls to max/250 000 over the rest, both on a cosine; momentum goes 0.95 → 0.85 → 0.95.
/// </summary>
/// <param name="BaseRate">The highest rate.</param>
public sealed record OneCycleSchedule(double BaseRate) : Schedule(BaseRate)
{
    private const double RisingShare = 0.3;
    private const double StartDivisor = 25;
    private const double EndDivisor = 25 * 1e4;
    private const double HighMomentum = 0.95;
    private const double LowMomentum = 0.85;

    /// <inheritdoc/>
    public override StepRate At(long step, long stepsPerEpoch, long totalSteps)
    {
        var peak = (RisingShare * totalSteps) - 1;
        var last = totalSteps - 1.0;
        return step <= peak
            ? new(Cosine(BaseRate / StartDivisor, BaseRate, step / peak), Cosine(HighMomentum, LowMomentum, step / peak))
            : new(Cosine(BaseRate, BaseRate / EndDivisor, (step - peak) / (last - peak)), Cosine(LowMomentum, HighMomentum, (step - peak) / (last - peak)));
    }

    private static double Cosine(double from, double to, double share) => to + ((from - to) / 2 * (1 + Math.Cos(Math.PI * Math.Clamp(share, 0, 1))));
}
