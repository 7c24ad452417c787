using Toolchain.Train.Observation.Signs;

namespace Toolchain.Train.Observation;

/// <summary>Looks for known signs of trouble after every epoch, and tells others of each once.</summary>
/// <param name="listeners">Who is told.</param>
internal sealed class Diagnosis(RunObserver listeners) : RunObserver
{
    private readonly List<Finding> _findings = [];
    private RunCourse? _course;

    /// <summary>The signs that are looked for.</summary>
    public static IReadOnlyList<Sign> Signs { get; } =
        [Overfitting.Sign, GrowingLoss.Sign, UnnormalisedInputs.Sign, UnpredictedClasses.Sign, SilentRectifiers.Sign];

    /// <summary>What was found.</summary>
    public IReadOnlyList<Finding> Findings => _findings;

    private RunCourse Course => _course ?? throw new InvalidOperationException("The run has not begun.");

    /// <inheritdoc/>
    public override void RunStarted(RunStart start) => _course = new(start);

    /// <inheritdoc/>
    public override void EpochStarted(EpochStart epoch) => Course.EpochStarted(epoch);

    /// <inheritdoc/>
    public override void StepEnded(in StepReport step) => Course.StepEnded(step);

    /// <inheritdoc/>
    public override void EpochEnded(EpochEnd epoch)
    {
        Course.EpochEnded(epoch);
        foreach (var sign in Signs.Where(s => !_findings.Exists(f => f.Sign == s.Name)))
        {
            if (sign.Look(Course) is { } seen)
            {
                var finding = new Finding(sign.Name, epoch.Report.Epoch, seen.Message, seen.Advice);
                _findings.Add(finding);
                listeners.Found(finding);
            }
        }
    }
}
