namespace Toolchain.Train.Optimization;

/// <summary>What a schedule says for one step.</summary>
/// <param name="LearningRate">The rate.</param>
/// <param name="Momentum">Replaces the optimiser's momentum; null leaves it.</param>
public readonly record struct StepRate(double LearningRate, double? Momentum = null);

/// <summary>The run that a schedule is for.</summary>
/// <param name="StepsPerEpoch">Steps in an epoch.</param>
/// <param name="TotalSteps">Steps of the whole run.</param>
/// <param name="ValidationLosses">The validation loss after each epoch so far, for schedules that go by it; none when null.</param>
public readonly record struct ScheduleClock(long StepsPerEpoch, long TotalSteps, IReadOnlyList<double>? ValidationLosses = null);

/// <summary>
/// The learning rate as a function of the step, and of the validation losses for those that go by them: a closed form, so that a resumed run
/// needs no state but the history that it has anyway.
/// </summary>
/// <param name="BaseRate">The rate that <c>--lr</c> gives.</param>
public abstract record Schedule(double BaseRate)
{
    /// <summary>The rate of step <paramref name="step"/>, counted from 0.</summary>
    /// <param name="step">The step, below the clock's total.</param>
    /// <param name="clock">The run.</param>
    public abstract StepRate At(long step, in ScheduleClock clock);
}
