namespace Toolchain.Train.Optimization;

/// <summary>
/// Multiplies the rate by a factor when the validation loss has not improved for some epochs, as <c>torch.optim.lr_scheduler.ReduceLROnPlateau</c>
/// in its <c>min</c> and <c>rel</c> modes.
/// </summary>
/// <param name="BaseRate">The rate of the first epochs.</param>
/// <param name="Factor">The factor; 0.1 by default.</param>
/// <param name="Patience">Epochs without improvement that are borne; 10 by default.</param>
/// <param name="Threshold">The relative improvement that counts as one; 1e-4 by default.</param>
/// <param name="MinimumRate">The rate is never below; 0 by default.</param>
public sealed record PlateauSchedule(double BaseRate, double Factor = 0.1, int Patience = 10, double Threshold = 1e-4, double MinimumRate = 0) : Schedule(BaseRate)
{
    private const double SmallestChange = 1e-8;

    /// <inheritdoc/>
    public override StepRate At(long step, in ScheduleClock clock)
    {
        var epoch = step / clock.StepsPerEpoch;
        var (rate, best, bad) = (BaseRate, double.PositiveInfinity, 0);
        foreach (var loss in (clock.ValidationLosses ?? []).Take((int)Math.Min(epoch, int.MaxValue)))
        {
            (best, bad) = loss < best * (1 - Threshold) ? (loss, 0) : (best, bad + 1);
            if (bad > Patience)
            {
                var lower = Math.Max(rate * Factor, MinimumRate);
                (rate, bad) = (rate - lower > SmallestChange ? lower : rate, 0);
            }
        }

        return new(rate);
    }
}
