using Toolchain.Train.Loop;

namespace Toolchain.Train.Observation;

/// <summary>What some steps came to.</summary>
/// <param name="Loss">The mean loss over their samples; of the last batch when none has been looked at since the interval began.</param>
/// <param name="Accuracy">The accuracy over them, 0..1; null in regression.</param>
/// <param name="ImagesPerSecond">Samples per second.</param>
/// <param name="Waited">Seconds that they stood waiting for data.</param>
internal readonly record struct IntervalScore(double Loss, double? Accuracy, double ImagesPerSecond, double Waited);

/// <summary>
/// Divides an epoch's steps into intervals and says what each came to. With a number of steps an interval ends at its multiples, so that equal runs have
/// equal lines; without, after 50 steps or 5 seconds, whichever comes first.
/// </summary>
/// <param name="steps">The number of steps; null for the default.</param>
internal sealed class StepInterval(int? steps)
{
    private const int DefaultSteps = 50;
    private const double DefaultSeconds = 5;

    private SplitScore _before;
    private long _steps;
    private long _images;
    private double _seconds;
    private double _waited;

    /// <summary>Begins anew: the running score does, too.</summary>
    public void EpochStarted() => (_before, _steps, _images, _seconds, _waited) = (default, 0, 0, 0, 0);

    /// <summary>Adds a step, and says whether the interval ends with it.</summary>
    public bool EndsWith(in StepReport step)
    {
        _steps++;
        _images += step.Images;
        _seconds += step.Seconds;
        _waited += step.Waited;
        return steps is { } every ? step.Step % every == 0 : _steps >= DefaultSteps || _seconds >= DefaultSeconds;
    }

    /// <summary>Ends the interval with this step and begins the next.</summary>
    public IntervalScore Take(in StepReport step)
    {
        var (now, before) = (step.Score, _before);
        var images = now.Images - before.Images;
        var score = new IntervalScore(
            images > 0 ? Mean(now.Loss, before.Loss) : step.Loss,
            images > 0 && now.Accuracy is { } accuracy ? Mean(accuracy, before.Accuracy ?? 0) : now.Accuracy,
            _seconds > 0 ? _images / _seconds : 0,
            _waited);
        EpochStarted();
        _before = now;
        return score;

        double Mean(double withAll, double withEarlier) => ((withAll * now.Images) - (withEarlier * before.Images)) / images;
    }
}
