using Toolchain.Train.Evaluation;
using Toolchain.Train.Loop;

namespace Toolchain.Train.Observation;

/// <summary>What has been measured of a run so far: what the signs of trouble are looked for in.</summary>
internal sealed class RunCourse(RunStart start)
{
    private readonly List<EpochReport> _epochs = [.. start.Earlier];
    private readonly List<ValidationView> _views = [];
    private TrainingPhase? _phase;

    // Which earlier epochs were at the size of the next is not known.
    private int _phaseBegan = start.Recipe.Sizes.IsEmpty ? 0 : start.Earlier.Count;
    private long _totalSteps;

    /// <summary>What the run began with.</summary>
    public RunStart Start => start;

    /// <summary>The epochs at the present image size, whose losses can be compared.</summary>
    public IReadOnlyList<EpochReport> Epochs => _epochs[_phaseBegan..];

    /// <summary>What the validation of these epochs showed; empty where there is none.</summary>
    public IReadOnlyList<ValidationView> Views => _views;

    /// <summary>The loss of the first step at the present image size, before its update.</summary>
    public double FirstLoss { get; private set; } = double.NaN;

    /// <summary>Whether the last epoch of the plan has ended.</summary>
    public bool IsComplete => _epochs.Count > 0 && _epochs[^1].Steps >= _totalSteps;

    /// <summary>An epoch begins.</summary>
    public void EpochStarted(EpochStart epoch)
    {
        _totalSteps = epoch.TotalSteps;
        if (_phase is not null && _phase != epoch.Phase)
        {
            (_phaseBegan, FirstLoss) = (_epochs.Count, double.NaN);
            _views.Clear();
        }

        _phase = epoch.Phase;
    }

    /// <summary>A step has ended.</summary>
    public void StepEnded(in StepReport step)
    {
        if (double.IsNaN(FirstLoss))
        {
            FirstLoss = step.Loss;
        }
    }

    /// <summary>An epoch has ended.</summary>
    public void EpochEnded(EpochEnd epoch)
    {
        _epochs.Add(epoch.Report);
        if (epoch.Validation is { } view)
        {
            _views.Add(view);
        }
    }

    /// <summary>Whether something holds for as long as counts: for some epochs in a row, or at the end of the plan.</summary>
    /// <param name="epochs">How many.</param>
    /// <param name="holds">What has to hold of their validation.</param>
    public bool Lasts(int epochs, Predicate<ValidationView> holds) =>
        _views.Count > 0 && (_views.Count >= epochs || IsComplete) && _views.TakeLast(epochs).All(v => holds(v));
}
