using System.Globalization;
using Spectre.Console;
using Toolchain.Registry.Cli;

namespace Toolchain.Train.Loop;

/// <summary>
/// What a person sees of a run: one line per epoch, and on a terminal a live bar with images per second and the time left.
/// </summary>
internal sealed class TrainingDisplay(CommandConsole console)
{
    private ProgressTask? _bar;

    /// <summary>Runs the training, under a live bar on a terminal.</summary>
    public T Run<T>(Func<T> train) => !console.IsTerminal ? train() : console.Out.Progress()
        .AutoClear(true)
        .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
        .Start(context =>
        {
            _bar = context.AddTask("starting");
            return train();
        });

    /// <summary>An epoch begins.</summary>
    public void EpochStarted(int epoch, long epochs, long step, long totalSteps)
    {
        if (_bar is not null)
        {
            _bar.MaxValue = totalSteps;
            _bar.Value = step;
            _bar.Description = Invariant($"epoch {epoch}/{epochs}");
        }
    }

    /// <summary>A step has ended.</summary>
    public void StepEnded(long step, double loss, double imagesPerSecond)
    {
        if (_bar is not null)
        {
            var epoch = _bar.Description.Split("  ")[0];
            _bar.Value = step;
            _bar.Description = Invariant($"{epoch}  loss {loss:f3}  {imagesPerSecond:n0} images/s");
        }
    }

    /// <summary>An epoch has ended.</summary>
    public void EpochEnded(EpochReport report, int best)
    {
        var validation = report.Validation is { } v ? Invariant($"  validation loss {v.Loss:f4} accuracy {v.Accuracy:p2}") : "";
        console.Line(Invariant(
            $"epoch {report.Epoch,2}  train loss {report.Train.Loss:f4} accuracy {report.Train.Accuracy:p2}{validation}  {report.ImagesPerSecond:n0} images/s  {report.Seconds:f1} s{(report.Epoch == best ? "  best" : "")}"));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
