namespace Toolchain.Train.Optimization;

/// <summary>What a length of training is counted in.</summary>
public enum ScheduleUnit
{
    /// <summary>Optimiser steps.</summary>
    Steps,

    /// <summary>Epochs, also parts of them.</summary>
    Epochs,
}

/// <summary>
/// Raises the rate on a line at first (Goyal et al. 2017, arXiv 1706.02677): the other schedule's rate times a factor that goes from
/// <paramref name="StartFactor"/> to 1, as <c>torch.optim.lr_scheduler.LinearLR</c> in a <c>ChainedScheduler</c>. The other schedule goes on meanwhile,
/// so its milestones stay where they are.
/// </summary>
/// <param name="Inner">The schedule that is warmed up.</param>
/// <param name="Length">How long.</param>
/// <param name="Unit">What the length is counted in.</param>
/// <param name="StartFactor">The factor of the first step; 1/3 by default.</param>
public sealed record WarmUpSchedule(Schedule Inner, double Length, ScheduleUnit Unit = ScheduleUnit.Epochs, double StartFactor = 1.0 / 3) : Schedule(Inner.BaseRate)
{
    /// <inheritdoc/>
    public override StepRate At(long step, in ScheduleClock clock)
    {
        var rate = Inner.At(step, clock);
        var steps = Unit switch
        {
            ScheduleUnit.Steps => Length,
            ScheduleUnit.Epochs => Length * clock.StepsPerEpoch,
            _ => throw new InvalidOperationException($"Unknown unit {Unit}."),
        };
        return step >= steps ? rate : rate with { LearningRate = rate.LearningRate * (StartFactor + ((1 - StartFactor) * step / steps)) };
    }
}

/// <summary>
/// Starts as if some epochs had passed, as PyTorch's <c>last_epoch</c> (notes: Dynamic learning rate). The run's length, for schedules that go by it, is
/// those epochs and the run's own.
/// </summary>
public sealed record LastEpochSchedule : Schedule
{
    /// <summary>Starts a schedule late.</summary>
    /// <param name="inner">The schedule.</param>
    /// <param name="lastEpoch">The index of the last epoch that has passed, from 0; −1 starts at the beginning.</param>
    /// <exception cref="ToolchainException">The schedule goes by validation losses, of which passed epochs have none (<see cref="ErrorKind.Usage"/>).</exception>
    public LastEpochSchedule(Schedule inner, int lastEpoch)
        : base(inner.BaseRate)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(lastEpoch, -1);
        if (inner is PlateauSchedule or WarmUpSchedule { Inner: PlateauSchedule })
        {
            throw new ToolchainException(ErrorKind.Usage, "A plateau schedule goes by the validation losses of this run, so it cannot start after epochs of another. Leave out the last epoch, or take another schedule.");
        }

        (Inner, LastEpoch) = (inner, lastEpoch);
    }

    /// <summary>The schedule that starts late.</summary>
    public Schedule Inner { get; }

    /// <summary>The index of the last epoch that has passed; −1 for none.</summary>
    public int LastEpoch { get; }

    /// <inheritdoc/>
    public override StepRate At(long step, in ScheduleClock clock)
    {
        var passed = (LastEpoch + 1) * clock.StepsPerEpoch;
        return Inner.At(step + passed, clock with { TotalSteps = clock.TotalSteps + passed });
    }
}
