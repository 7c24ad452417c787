namespace Toolchain.Train.Observation.Signs;

/// <summary>The training loss grows: the steps leap over the valley that they should go down (notes: overtraining with too big learning rate).</summary>
internal static class GrowingLoss
{
    private const double Growth = 1.25;
    private const double ShareOfFirst = 0.05;

    /// <summary>The sign.</summary>
    public static Sign Sign { get; } = new("growing-loss", "the training loss grows, as it does when the learning rate is too large", Look);

    private static SignSeen? Look(RunCourse course)
    {
        var (last, first) = (course.Epochs[^1], course.FirstLoss);
        var (lowest, when) = course.Epochs.SkipLast(1).Select(static e => (e.Train.Loss, When: FormattableString.Invariant($"in epoch {e.Epoch}")))
            .Append((Loss: first, When: "in the first step")).Where(static l => double.IsFinite(l.Loss)).DefaultIfEmpty().MinBy(static l => l.Loss);
        return when is not null && last.Train.Loss > Growth * lowest && last.Train.Loss - lowest > ShareOfFirst * Math.Abs(first)
            ? new(
                FormattableString.Invariant($"The training loss has grown: it was {lowest:g3} {when} and is {last.Train.Loss:g3} in epoch {last.Epoch}, at a learning rate of {last.LearningRate:g3}. Such steps are too large."),
                "Try a smaller --lr ('train find-lr' finds one), a --warm-up of an epoch or more, or --clip-norm 1.")
            : null;
    }
}
