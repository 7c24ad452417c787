namespace Toolchain.Train.Optimization;

/// <summary>Always the same rate.</summary>
public sealed record ConstantSchedule(double BaseRate) : Schedule(BaseRate)
{
    /// <inheritdoc/>
    public override StepRate At(long step, in ScheduleClock clock) => new(BaseRate);
}

/// <summary>
/// Multiplies the rate by γ every few epochs, as <c>torch.optim.lr_scheduler.StepLR</c> (notes: Dynamic learning rate).
/// </summary>
/// <param name="BaseRate">The rate of the first epochs.</param>
/// <param name="StepSize">Epochs between two decays.</param>
/// <param name="Gamma">The factor; 0.1 by default.</param>
public sealed record StepSchedule(double BaseRate, int StepSize, double Gamma = 0.1) : Schedule(BaseRate)
{
    /// <inheritdoc/>
    public override StepRate At(long step, in ScheduleClock clock) => new(BaseRate * Math.Pow(Gamma, step / clock.StepsPerEpoch / StepSize));
}

/// <summary>Multiplies the rate by γ after certain epochs, as <c>torch.optim.lr_scheduler.MultiStepLR</c>.</summary>
/// <param name="BaseRate">The rate of the first epochs.</param>
/// <param name="Milestones">How many epochs have passed at each decay.</param>
/// <param name="Gamma">The factor; 0.1 by default.</param>
public sealed record MultiStepSchedule(double BaseRate, EquatableArray<int> Milestones, double Gamma = 0.1) : Schedule(BaseRate)
{
    /// <inheritdoc/>
    public override StepRate At(long step, in ScheduleClock clock)
    {
        var epoch = step / clock.StepsPerEpoch;
        return new(BaseRate * Math.Pow(Gamma, Milestones.Count(m => m <= epoch)));
    }
}

/// <summary>Multiplies the rate by γ after every epoch, as <c>torch.optim.lr_scheduler.ExponentialLR</c>.</summary>
/// <param name="BaseRate">The rate of the first epoch.</param>
/// <param name="Gamma">The factor.</param>
public sealed record ExponentialSchedule(double BaseRate, double Gamma) : Schedule(BaseRate)
{
    /// <inheritdoc/>
    public override StepRate At(long step, in ScheduleClock clock) => new(BaseRate * Math.Pow(Gamma, step / clock.StepsPerEpoch));
}

/// <summary>
/// Falls to 0 over the whole run as a power of the share that is left, as <c>torch.optim.lr_scheduler.PolynomialLR</c> stepped after every batch.
/// </summary>
/// <param name="BaseRate">The rate of the first step.</param>
/// <param name="Power">The exponent; 1, the default, falls on a line.</param>
public sealed record PolynomialSchedule(double BaseRate, double Power = 1) : Schedule(BaseRate)
{
    /// <inheritdoc/>
    public override StepRate At(long step, in ScheduleClock clock) => new(BaseRate * Math.Pow(1 - ((double)step / clock.TotalSteps), Power));
}
