namespace Toolchain.Train.Optimization;

/// <summary>
/// Half a cosine over the whole run (Loshchilov and Hutter 2017, arXiv 1608.03983), as <c>torch.optim.lr_scheduler.CosineAnnealingLR</c> stepped after
/// every batch, with the run's steps as its <c>T_max</c>.
/// </summary>
/// <param name="BaseRate">The rate of the first step.</param>
/// <param name="MinimumRate">What it falls to; 0 by default.</param>
public sealed record CosineSchedule(double BaseRate, double MinimumRate = 0) : Schedule(BaseRate)
{
    /// <inheritdoc/>
    public override StepRate At(long step, in ScheduleClock clock) => new(Cosine.Between(BaseRate, MinimumRate, (double)step / clock.TotalSteps));
}

/// <summary>
/// Half a cosine again and again (Loshchilov and Hutter 2017, arXiv 1608.03983), as <c>torch.optim.lr_scheduler.CosineAnnealingWarmRestarts</c>
/// stepped after every batch. The network at the end of each cycle is a member of a snapshot ensemble (Huang et al. 2017, arXiv 1704.00109).
/// </summary>
/// <param name="BaseRate">The rate at the start of a cycle.</param>
/// <param name="CycleEpochs">Epochs of the first cycle.</param>
/// <param name="CycleFactor">Each cycle's length as a multiple of the one before; 1 by default.</param>
/// <param name="MinimumRate">What a cycle falls to; 0 by default.</param>
public sealed record CosineRestartsSchedule(double BaseRate, int CycleEpochs, int CycleFactor = 1, double MinimumRate = 0) : Schedule(BaseRate)
{
    /// <inheritdoc/>
    public override StepRate At(long step, in ScheduleClock clock)
    {
        var (start, length) = Cycle(step, clock.StepsPerEpoch);
        return new(Cosine.Between(BaseRate, MinimumRate, (double)(step - start) / length));
    }

    /// <summary>Whether a cycle ends with this epoch.</summary>
    /// <param name="epoch">From 1.</param>
    public bool EndsCycle(long epoch)
    {
        var (start, length) = Cycle(epoch - 1, 1);
        return start + length == epoch;
    }

    private (long Start, long Length) Cycle(long position, long unit)
    {
        var (start, length) = (0L, CycleEpochs * unit);
        if (CycleFactor == 1)
        {
            return (position / length * length, length);
        }

        while (position >= start + length)
        {
            (start, length) = (start + length, length * CycleFactor);
        }

        return (start, length);
    }
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
    public override StepRate At(long step, in ScheduleClock clock)
    {
        var peak = (RisingShare * clock.TotalSteps) - 1;
        var last = clock.TotalSteps - 1.0;
        return step <= peak
            ? new(Cosine.Between(BaseRate / StartDivisor, BaseRate, step / peak), Cosine.Between(HighMomentum, LowMomentum, step / peak))
            : new(
                Cosine.Between(BaseRate, BaseRate / EndDivisor, (step - peak) / (last - peak)),
                Cosine.Between(LowMomentum, HighMomentum, (step - peak) / (last - peak)));
    }
}

/// <summary>The curve that the cosine schedules share.</summary>
internal static class Cosine
{
    /// <summary>Half a cosine from one value to another.</summary>
    /// <param name="from">The value at 0.</param>
    /// <param name="to">The value at 1.</param>
    /// <param name="share">How far along, 0..1.</param>
    public static double Between(double from, double to, double share) => to + ((from - to) / 2 * (1 + Math.Cos(Math.PI * Math.Clamp(share, 0, 1))));
}
