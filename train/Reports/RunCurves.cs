using Toolchain.Train.Observation;

namespace Toolchain.Train.Reports;

/// <summary>The curves of runs: loss, accuracy, learning rate, images per second; those of which there is nothing to show are left out.</summary>
internal static class RunCurves
{
    private const string Training = "training";
    private const string Validation = "validation";

    /// <summary>The curves of one run, with the best epoch marked.</summary>
    public static IReadOnlyList<CurveChart> Of(RunRecord run) => Shown(
        new("loss", "Loss", "number",
        [
            new Curve(Training, Training, 1, BySteps(run, static s => s.Loss)) { Background = true },
            Epochs(Training, 1, run, static e => e.TrainLoss),
            Epochs(Validation, 0, run, static e => e.ValidationLoss),
        ]) { Marks = Best(run) },
        new("accuracy", "Accuracy", "percent",
        [
            new Curve(Training, Training, 1, BySteps(run, static s => s.Accuracy)) { Background = true },
            Epochs(Training, 1, run, static e => e.TrainAccuracy),
            Epochs(Validation, 0, run, static e => e.ValidationAccuracy),
        ]) { Marks = Best(run) },
        new("rate", "Learning rate", "number",
        [
            new Curve("learning rate", "by step", 2, BySteps(run, static s => s.LearningRate)) { Background = true },
            Epochs("learning rate", 2, run, static e => e.LearningRate),
        ]) { FromZero = true },
        new("speed", "Training images per second", "count",
        [
            new Curve("images/s", "by step", 3, BySteps(run, static s => s.ImagesPerSecond)) { Background = true },
            Epochs("images/s", 3, run, static e => e.ImagesPerSecond),
        ]) { FromZero = true });

    /// <summary>The curves of several runs on each other: validation drawn through, training dashed.</summary>
    /// <param name="runs">The runs.</param>
    /// <param name="names">What to call each.</param>
    public static IReadOnlyList<CurveChart> Of(IReadOnlyList<RunRecord> runs, IReadOnlyList<string> names)
    {
        return Shown(
            new("loss", "Loss: validation, and training dashed", "number", Both(static e => e.ValidationLoss, static e => e.TrainLoss)),
            new("accuracy", "Accuracy: validation, and training dashed", "percent", Both(static e => e.ValidationAccuracy, static e => e.TrainAccuracy)),
            new("rate", "Learning rate", "number", One(static e => e.LearningRate)) { FromZero = true },
            new("speed", "Training images per second", "count", One(static e => e.ImagesPerSecond)) { FromZero = true });

        IReadOnlyList<Curve> One(Func<EpochLine, double?> value) => [.. runs.Select((run, i) => new Curve(names[i], names[i], i % Curve.Colours, ByEpochs(run, value)))];

        IReadOnlyList<Curve> Both(Func<EpochLine, double?> validation, Func<EpochLine, double?> training) =>
        [
            .. One(validation),
            .. runs.Select((run, i) => new Curve(names[i], $"{names[i]}, training", i % Curve.Colours, ByEpochs(run, training)) { Dashed = true }),
        ];
    }

    private static Curve Epochs(string name, int colour, RunRecord run, Func<EpochLine, double?> value) => new(name, name, colour, ByEpochs(run, value));

    private static IReadOnlyList<CurveMark> Best(RunRecord run) => run.Best is { } best && run.Epochs.Count > 1 ? [new(best.Epoch, $"best: {best.Epoch}")] : [];

    private static IReadOnlyList<double[]> ByEpochs(RunRecord run, Func<EpochLine, double?> value) => Points(run.Epochs.Select(e => ((double)e.Epoch, value(e))));

    // A step's place among the epochs: the first epoch ends at 1.
    private static IReadOnlyList<double[]> BySteps(RunRecord run, Func<StepLine, double?> value)
    {
        var perEpoch = run.Epochs.Count > 0 ? (double)run.Epochs[0].Steps : 0;
        return perEpoch == 0 ? [] : Points(run.Steps.Select(s => (s.Step / perEpoch, value(s))));
    }

    private static IReadOnlyList<double[]> Points(IEnumerable<(double X, double? Y)> points) =>
        [.. points.Where(static p => p.Y is { } y && double.IsFinite(y)).Select(static p => (double[])[p.X, p.Y!.Value])];

    private static IReadOnlyList<CurveChart> Shown(params CurveChart[] charts) =>
        [.. charts.Select(static c => c with { Series = [.. c.Series.Where(static s => s.Points.Count > 0)] }).Where(static c => c.Series.Count > 0)];
}
