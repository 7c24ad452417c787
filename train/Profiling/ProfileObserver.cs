using System.Diagnostics;
using System.Globalization;
using Toolchain.Registry.Cli;
using Toolchain.Train.Loop;
using Toolchain.Train.Observation;
using TorchSharp;

namespace Toolchain.Train.Profiling;

/// <summary>
/// Profiles some steps of a run, after the first ones, which warm caches up, and the first validation from then on. It attaches a recorder to the network and to the
/// data for just that long; before and after, nothing is measured. At the run's end it writes what it has.
/// </summary>
/// <param name="steps">How many steps; fewer where the run is shorter.</param>
/// <param name="run">The run's folder.</param>
/// <param name="console">Takes the hottest places.</param>
internal sealed class ProfileObserver(int steps, string run, CommandConsole console) : RunObserver
{
    /// <summary>How many steps <c>--profile</c> means without a number.</summary>
    public const int StandardSteps = 20;

    private const int WarmUpSteps = 10;

    // Steps that are timed and forgotten: the first ones also compile what times them.
    private const int Rehearsals = 2;

    private ProfileRecorder _recorder = new();
    private DeviceType _device;
    private TrainingPhase? _attached;
    private TrainingPhase? _phase;
    private ThreadTimes _threadsBefore = ThreadTimes.None;
    private IReadOnlyList<ThreadShare> _threads = [];
    private long _began;
    private long? _first;
    private int _taken;
    private long _stepBegan;
    private long _validationBegan;
    private bool _validated;

    private bool IsOver => _taken == steps;

    /// <inheritdoc/>
    public override void RunStarted(RunStart start)
    {
        _device = start.Weights.Device.type;
        _recorder = new(_device == DeviceType.CUDA ? static () => torch.cuda.synchronize() : null);
    }

    /// <inheritdoc/>
    public override void EpochStarted(EpochStart epoch)
    {
        _phase = epoch.Phase;
        _first ??= epoch.Step + 1 + Math.Clamp(epoch.TotalSteps - epoch.Step - steps, 0, WarmUpSteps);
        if (!IsOver && epoch.Step + 1 >= _first - Rehearsals)
        {
            Attach();
        }
    }

    /// <inheritdoc/>
    public override void StepEnded(in StepReport step)
    {
        if (_attached is null)
        {
            if (!IsOver && step.Step + 1 == _first - Rehearsals)
            {
                Attach();
            }

            return;
        }

        if (step.Step < _first)
        {
            Begin();
            return;
        }

        // What comes behind the gradients: clipping, the optimiser, averages.
        _recorder.Add(ProfilePart.Optimizer, _recorder.LastEnd);
        _recorder.Add(ProfilePart.Step, _stepBegan);
        _stepBegan = _recorder.LastEnd;
        if (++_taken == steps)
        {
            _threads = ThreadTimes.Read().Since(_threadsBefore, Stopwatch.GetElapsedTime(_began).TotalSeconds, ThreadTimes.Current());
            Detach();
        }
    }

    /// <inheritdoc/>
    public override void ValidationStarted(int epoch)
    {
        if (_taken > 0 && !_validated)
        {
            _validationBegan = _recorder.Now;
            _phase!.Network.Recorder = _recorder;
        }
    }

    /// <inheritdoc/>
    public override void EpochEnded(EpochEnd epoch)
    {
        if (_validationBegan > 0 && !_validated)
        {
            _recorder.Add(ProfilePart.Validation, _validationBegan, _recorder.LastEnd);
            _validated = true;
        }

        // The next epoch attaches again where there is more to do.
        Detach();
    }

    /// <inheritdoc/>
    public override void RunEnded(RunEnd end)
    {
        Detach();
        if (_taken == 0)
        {
            console.Warn("nothing was profiled: the run ended before its first step did.");
            return;
        }

        var spans = Inside(_recorder.Spans);
        var summary = ProfileSummary.Of(spans, _first!.Value, _threads, _device);
        var folder = new ProfileFolder(run);
        folder.Write(spans, summary);
        console.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"profile of {Display.Count(_taken, "step")} from step {_first} on, {1000 * summary.Seconds / _taken:0.00} ms each: {folder.Flame}, {folder.Trace}"));
        console.Table([["hottest", "part", "ms a step", "share"], .. summary.Hottest.Select(h => (string[])[
            h.Name, h.Part, (1000 * h.Seconds / _taken).ToString("0.000", CultureInfo.InvariantCulture), Display.Percent(h.Share)])]);
    }

    private void Attach()
    {
        _attached = _phase!;
        _attached.Network.Recorder = _recorder;
        _attached.Training.Prepared = _recorder.Add;
        _attached.Training.Waited = _recorder.AddWait;
        if (_taken == 0)
        {
            Begin();
        }

        _stepBegan = _recorder.Now;
    }

    private void Begin()
    {
        _recorder.Clear();
        _threadsBefore = ThreadTimes.Read();
        _began = _stepBegan = _recorder.Now;
    }

    private void Detach()
    {
        _phase?.Network.Recorder = null;
        if (_attached is { } phase)
        {
            (phase.Training.Prepared, phase.Training.Waited, _attached) = (null, null, null);
        }
    }

    // Between two epochs a network may compute for other reasons, such as fresh batch-norm statistics.
    private static IReadOnlyList<ProfileSpan> Inside(IReadOnlyList<ProfileSpan> spans)
    {
        var steps = spans.Where(static s => s.Part == ProfilePart.Step).ToArray();
        return [.. spans.Where(s => s.Part is ProfilePart.Step or ProfilePart.Validation || (s.To >= steps[0].From && s.Thread is not null) || steps.Any(step => s.From >= step.From && s.To <= step.To))];
    }
}
