using System.Diagnostics;
using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;
using Toolchain.Registry.Cli;
using Toolchain.Train.Observation;

namespace Toolchain.Train.Loop;

/// <summary>
/// What a person sees of a run: one line per epoch and per sign of trouble, and on a terminal, below them, a live <see cref="TrainingStatus"/>.
/// </summary>
internal sealed class TrainingDisplay(CommandConsole console) : RunObserver
{
    private static readonly TimeSpan BetweenRefreshes = TimeSpan.FromMilliseconds(100);

    private LiveDisplayContext? _live;
    private TrainingStatus? _status;
    private long _refreshed;
    private long _began;
    private long _firstStep;

    /// <summary>Runs the training, under a live status on a terminal.</summary>
    public T Run<T>(Func<T> train) => !console.IsTerminal ? train() : console.Out.Live(new Text("starting")).AutoClear(true).Start(context =>
    {
        _live = context;
        try
        {
            return train();
        }
        finally
        {
            _live = null;
        }
    });

    /// <inheritdoc/>
    public override void EpochStarted(EpochStart epoch)
    {
        if (_status is null)
        {
            (_began, _firstStep) = (Stopwatch.GetTimestamp(), epoch.Step);
        }

        var (number, epochs, step, steps) = (epoch.Epoch, epoch.Epochs, epoch.Step, epoch.TotalSteps);
        _status = _status is null ? new(number, epochs, step, steps) : _status with { Epoch = number, Epochs = epochs, Step = step, TotalSteps = steps };
        _live?.UpdateTarget(Drawn(_status));
    }

    /// <inheritdoc/>
    public override void StepEnded(in StepReport step)
    {
        if (_live is null || _status is null || Stopwatch.GetElapsedTime(_refreshed) < BetweenRefreshes)
        {
            return;
        }

        // What lies between the steps, such as validation, is part of the time that the rest takes.
        var perStep = Stopwatch.GetElapsedTime(_began) / (step.Step - _firstStep);
        _status = _status with
        {
            Step = step.Step,
            Score = step.Score,
            LearningRate = step.LearningRate,
            ImagesPerSecond = step.ImagesPerSecond,
            Left = perStep * (_status.TotalSteps - step.Step),
            ResidentBytes = Environment.WorkingSet,
        };
        _refreshed = Stopwatch.GetTimestamp();
        _live.UpdateTarget(Drawn(_status));
    }

    /// <inheritdoc/>
    public override void EpochEnded(EpochEnd epoch)
    {
        var width = console.Out.Profile.Width;
        var lines = Lines(epoch.Report, epoch.IsBest ? "  best" : "");
        Say(lines.FirstOrDefault(line => line.Length <= width) ?? lines[^1]);
    }

    /// <inheritdoc/>
    public override void Found(Finding finding) => Say($"note: {finding.Message} {finding.Advice}");

    // One line, whatever the terminal's width: from the fullest to the shortest.
    private static string[] Lines(EpochReport report, string best)
    {
        var (full, brief) = (Joined("  validation ", report.Validation, Scores), Joined("  validation ", report.Validation, Numbers));
        return
        [
            Invariant($"epoch {report.Epoch,2}  train {Scores(report.Train)}{full}  {report.ImagesPerSecond:n0} images/s  {report.Seconds:f1} s{best}"),
            Invariant($"epoch {report.Epoch,2}  train {Numbers(report.Train)}{brief}  {report.ImagesPerSecond:n0} images/s{best}"),
            Invariant($"epoch {report.Epoch,2}  train {Numbers(report.Train)}{brief}{best}"),
            Invariant($"{report.Epoch,2}  {Numbers(report.Train)}{Joined("  ", report.Validation, Numbers)}{best}"),
        ];
    }

    private static string Joined(string before, SplitScore? score, Func<SplitScore, string> text) => score is { } known ? before + text(known) : "";

    private static string Numbers(SplitScore score) => Invariant($"{score.Loss:f4}") + (score.Accuracy is { } accuracy ? Invariant($" {accuracy:p2}") : "");

    private static string Scores(SplitScore score) => Invariant($"loss {score.Loss:f4}") + (score.Accuracy is { } accuracy ? Invariant($" accuracy {accuracy:p2}") : "");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    // A line is written over the status, whose rest must not show behind it.
    private void Say(string line)
    {
        _live?.UpdateTarget(Text.Empty);
        console.Line(line);
        if (_status is not null)
        {
            _live?.UpdateTarget(Drawn(_status));
        }
    }

    private Rows Drawn(TrainingStatus status)
    {
        var (full, empty) = status.Bar(console.Out.Profile.Width);
        var line = console.Out.Profile.Capabilities.Unicode ? '━' : '-';
        var bar = new Paragraph(new string(line, full), new(Color.Green)).Append(new string(line, empty), new(Color.Grey)).Append($"  {status.Progress}");
        return new Rows((IRenderable[])[bar, new Text(status.FiguresWithin(console.Out.Profile.Width))]);
    }
}
