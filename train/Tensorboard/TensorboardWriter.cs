using Google.Protobuf;
using Toolchain.Data;
using Toolchain.Train.Evaluation;
using Toolchain.Train.Execution;
using Toolchain.Train.Loop;
using Toolchain.Train.Observation;
using Toolchain.Train.Recipes;
using Toolchain.Train.Tensorboard.Schema;
using TorchSharp;
using static Toolchain.Train.Tensorboard.SummaryValues;

namespace Toolchain.Train.Tensorboard;

/// <summary>
/// Writes a run for TensorBoard, to the folder <c>tensorboard</c> of the run: scalars, histograms of weights and gradients after every epoch, predictions, the
/// confusion matrix, the graph and the hyper-parameters. Everything stands at the optimiser step at which it was measured.
/// </summary>
internal sealed class TensorboardWriter(RunFolder run, TimeProvider time, int? steps = null) : RunObserver
{
    private const string TrainLoss = "train/loss";
    private const string TrainAccuracy = "train/accuracy";
    private const string ValidationLoss = "validation/loss";
    private const string ValidationAccuracy = "validation/accuracy";
    private const string TestLoss = "test/loss";
    private const string TestAccuracy = "test/accuracy";

    private readonly EventFile _file = new(Path.Combine(run.Path, "tensorboard"), time);
    private readonly StepInterval _interval = new(steps);
    private RunStart? _start;
    private IReadOnlyList<(string Tag, double Factor)> _rates = [];
    private long _step;

    private RunStart Start => _start ?? throw new InvalidOperationException("The run has not begun.");

    /// <inheritdoc/>
    public override void RunStarted(RunStart start)
    {
        (_start, _step) = (start, start.EarlierSteps);
        if (start.EarlierSteps > 0)
        {
            // Steps that were lost, and are repeated now, disappear from the charts.
            _file.Write(start.EarlierSteps + 1, new Event { SessionLog = new() { Status = SessionLog.Types.SessionStatus.Start } });
            return;
        }

        _file.Write(0, new Event { GraphDef = GraphNodes.Of(start.Graph).ToByteString() });

        // Trials of a sweep are not measured on the test split.
        string[] metrics = [ValidationLoss, ValidationAccuracy, .. start.Varied.Count == 0 ? (string[])[TestLoss, TestAccuracy] : []];
        _file.Write(0, HyperParameters.Begin(
            HyperParameters.Of(start), metrics.Where(m => start.Data.Task != ModelTask.Regression || m is ValidationLoss or TestLoss), start.Model, _file.Now));
    }

    /// <inheritdoc/>
    public override void EpochStarted(EpochStart epoch)
    {
        _interval.EpochStarted();
        _rates = [.. epoch.Groups.Select(static g => ($"learning_rate/{g.Name}", g.LearningRateFactor))];
    }

    /// <inheritdoc/>
    public override void StepEnded(in StepReport step)
    {
        _step = step.Step;
        if (!_interval.EndsWith(step))
        {
            return;
        }

        var (score, rate) = (_interval.Take(step), step.LearningRate);
        _file.Write(step.Step,
        [
            .. Scalars((TrainLoss, score.Loss), (TrainAccuracy, score.Accuracy), ("speed/images_per_second", score.ImagesPerSecond), ("speed/waited_seconds", score.Waited)),
            Scalar("memory/resident_bytes", Environment.WorkingSet),
            .. _rates.Select(r => Scalar(r.Tag, rate * r.Factor)),
        ]);
    }

    /// <inheritdoc/>
    public override bool WantsGradients(long step, bool isLastOfEpoch) => isLastOfEpoch;

    /// <inheritdoc/>
    public override void GradientsReady(long step)
    {
        using var scope = torch.NewDisposeScope();
        _file.Write(step, Start.Weights.Parameters.SelectMany(static p => Distribution($"gradients/{p.Key}", p.Value.grad)));
    }

    /// <inheritdoc/>
    public override void EpochEnded(EpochEnd epoch)
    {
        var report = epoch.Report;
        _file.Write(report.Steps,
        [
            .. Scalars(
                ("epoch/train_loss", report.Train.Loss),
                ("epoch/train_accuracy", report.Train.Accuracy),
                ("epoch/seconds", report.Seconds),
                (ValidationLoss, report.Validation?.Loss),
                (ValidationAccuracy, report.Validation?.Accuracy)),
            .. Start.Weights.Parameters.SelectMany(static p => Distribution($"weights/{p.Key}", p.Value)),
            .. epoch.Validation is { } view ? Pictures(view) : [],
        ]);
    }

    /// <inheritdoc/>
    public override void Found(Finding finding) => _file.Write(_step, [Text($"findings/{finding.Sign}", $"{finding.Message}\n\n{finding.Advice}")]);

    /// <inheritdoc/>
    public override void RunEnded(RunEnd end) => _file.Write(_step,
    [
        .. Scalars((TestLoss, end.Model?.Test.Loss), (TestAccuracy, end.Model?.Test.Accuracy)),
        HyperParameters.End(end.Outcome is RunOutcome.Published or RunOutcome.Trained, _file.Now),
    ]);

    /// <inheritdoc/>
    public override void Dispose()
    {
        _file.Dispose();
        base.Dispose();
    }

    private static IEnumerable<Summary.Types.Value> Scalars(params (string Tag, double? Value)[] values) =>
        values.Where(static v => v.Value is not null).Select(static v => Scalar(v.Tag, v.Value!.Value));

    private static IEnumerable<Summary.Types.Value> Distribution(string tag, torch.Tensor? values)
    {
        using var scope = torch.NewDisposeScope();
        return values is null ? [] : SummaryValues.Distribution(tag, values.detach().to(torch.ScalarType.Float32).ToTensorData().Values<float>());
    }

    private IEnumerable<Summary.Types.Value> Pictures(ValidationView view)
    {
        var data = Start.Data.Splits.Train;
        if (view.Confusion is { } confusion)
        {
            yield return Image("validation/confusion", ConfusionPicture.Of(confusion), ConfusionPicture.Description);
        }

        // Other images than grey and RGB ones are no pictures.
        if (!view.Samples.IsEmpty && data.Channels is (1 or 3))
        {
            var sheet = new PredictionSheet([.. view.Samples], data.OutputNames);
            yield return Image("predictions/sheet", sheet.Draw(), PredictionSheet.Description);
            yield return Text("predictions/table", sheet.Table());
        }

        if (!view.Masks.IsEmpty && data.Channels is (1 or 3))
        {
            yield return Image("predictions/masks", MaskSheet.Of([.. view.Masks]), MaskSheet.Description);
        }
    }
}
