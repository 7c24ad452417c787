using System.Globalization;
using Spectre.Console;
using Toolchain.Registry.Cli;
using Toolchain.Train.Observation;

namespace Toolchain.Train.Loop;

/// <summary>
/// What a person sees of a run: one line per epoch, and on a terminal a live bar with images per second and the time left.
/// </summary>
internal sealed class TrainingDisplay(CommandConsole console) : RunObserver
{
    private ProgressTask? _bar;
    private string _epoch = "";

    /// <summary>Runs the training, under a live bar on a terminal.</summary>
    public T Run<T>(Func<T> train) => !console.IsTerminal ? train() : console.Out.Progress()
        .AutoClear(true)
        .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
        .Start(context =>
        {
            _bar = context.AddTask("starting");
            return train();
        });

    /// <inheritdoc/>
    public override void EpochStarted(EpochStart epoch)
    {
        if (_bar is not null)
        {
            _epoch = Invariant($"epoch {epoch.Epoch}/{epoch.Epochs}");
            _bar.MaxValue = epoch.TotalSteps;
            _bar.Value = epoch.Step;
            _bar.Description = _epoch;
        }
    }

    /// <inheritdoc/>
    public override void StepEnded(in StepReport step)
    {
        if (_bar is not null)
        {
            _bar.Value = step.Step;
            _bar.Description = Invariant($"{_epoch}  loss {step.Loss:f3}  {step.ImagesPerSecond:n0} images/s");
        }
    }

    /// <inheritdoc/>
    public override void EpochEnded(EpochEnd epoch)
    {
        var report = epoch.Report;
        var validation = report.Validation is { } v ? Invariant($"  validation loss {v.Loss:f4} accuracy {v.Accuracy:p2}") : "";
        console.Line(Invariant(
            $"epoch {report.Epoch,2}  train loss {report.Train.Loss:f4} accuracy {report.Train.Accuracy:p2}{validation}  {report.ImagesPerSecond:n0} images/s  {report.Seconds:f1} s{(epoch.IsBest ? "  best" : "")}"));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
