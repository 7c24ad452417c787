using System.Diagnostics;
using System.Text.Json;
using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Train.Loop;
using Toolchain.Train.Recipes;

namespace Toolchain.Train.Observation;

/// <summary>
/// Writes a run's log, <c>log.jsonl</c>: one JSON object a line, as <c>log.md</c> describes. Others may read it at any time.
/// </summary>
internal sealed class RunLogWriter : RunObserver
{
    private readonly RunFolder _run;
    private readonly RecordFile _file;
    private readonly TimeProvider _time;
    private readonly StepInterval _interval;
    private readonly long _began = Stopwatch.GetTimestamp();
    private long _validationBegan;

    /// <summary>Opens the log, at its end.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="time">Dates the first line.</param>
    /// <param name="steps">Steps between two lines about steps; null, the default, for as many as <see cref="StepInterval"/> finds sensible.</param>
    /// <exception cref="ToolchainException">The file system refuses (<see cref="ErrorKind.Unavailable"/>).</exception>
    public RunLogWriter(RunFolder run, TimeProvider time, int? steps = null)
    {
        (_run, _time, _interval) = (run, time, new(steps));
        _file = RunFolder.Guarded(run.Log, () =>
        {
            var file = RecordFile.Open(run.Log, FileMode.OpenOrCreate);
            CutTornLine(file);
            return new RecordFile(run.Log, file);
        });
    }

    private double Elapsed => Round(Stopwatch.GetElapsedTime(_began).TotalSeconds);

    /// <inheritdoc/>
    public override void RunStarted(RunStart start) => Write(_file.Length > 0
        ? new ResumeLine { Time = _time.GetUtcNow(), Epochs = start.Earlier.Count, Steps = start.EarlierSteps, Elapsed = Elapsed }
        : new StartLine
        {
            Format = RunLogFormat.Version,
            Time = _time.GetUtcNow(),
            Model = start.Model,
            Network = start.Network,
            Parameters = LayerTable.Of(start.Graph).Trainable,
            Data = start.Data.Splits.Reference,
            Task = start.Data.Task.Text(),
            Labels = [.. start.Data.Splits.Train.OutputNames],
            TrainImages = start.Data.Split.Train.Length,
            ValidationImages = start.Data.Split.Validation.Length,
            TestImages = start.Data.Splits.Test.Count,
            Recipe = WrittenRecipe.Of(start.Recipe, start.Weights.Mode),
            Seed = start.Recipe.Seed,
            Device = start.Weights.Device.ToString(),
            Threads = start.Threads,
            Elapsed = Elapsed,
        });

    /// <inheritdoc/>
    public override void EpochStarted(EpochStart epoch) => _interval.EpochStarted();

    /// <inheritdoc/>
    public override void StepEnded(in StepReport step)
    {
        if (!_interval.EndsWith(step))
        {
            return;
        }

        var score = _interval.Take(step);
        Write(new StepLine
        {
            Step = step.Step,
            Epoch = step.Epoch,
            Loss = score.Loss,
            Accuracy = score.Accuracy,
            LearningRate = step.LearningRate,
            ImagesPerSecond = Math.Round(score.ImagesPerSecond, 1),
            WaitedSeconds = Round(score.Waited),
            ResidentBytes = Environment.WorkingSet,
            Elapsed = Elapsed,
        });
    }

    /// <inheritdoc/>
    public override void ValidationStarted(int epoch) => _validationBegan = Stopwatch.GetTimestamp();

    /// <inheritdoc/>
    public override void EpochEnded(EpochEnd epoch)
    {
        var report = epoch.Report;
        if (report.Validation is { } validation)
        {
            Write(new ValidationLine
            {
                Epoch = report.Epoch,
                Steps = report.Steps,
                Images = validation.Images,
                Loss = validation.Loss,
                Accuracy = validation.Accuracy,
                Seconds = Round(Stopwatch.GetElapsedTime(_validationBegan).TotalSeconds),
                Elapsed = Elapsed,
            });
        }

        Write(new EpochLine
        {
            Epoch = report.Epoch,
            Steps = report.Steps,
            TrainLoss = report.Train.Loss,
            TrainAccuracy = report.Train.Accuracy,
            ValidationLoss = report.Validation?.Loss,
            ValidationAccuracy = report.Validation?.Accuracy,
            LearningRate = report.LearningRate,
            ImagesPerSecond = Math.Round(report.ImagesPerSecond, 1),
            Seconds = Round(report.Seconds),
            Best = epoch.IsBest,
            ResidentBytes = Environment.WorkingSet,
            Elapsed = Elapsed,
        });
    }

    /// <inheritdoc/>
    public override void CheckpointWritten(CheckpointReport checkpoint) => Write(new CheckpointLine
    {
        Path = Path.GetRelativePath(_run.Path, checkpoint.Path).Replace('\\', '/'),
        Epoch = checkpoint.Epoch,
        Steps = checkpoint.Step,
        Elapsed = Elapsed,
    });

    /// <inheritdoc/>
    public override void Found(Finding finding) =>
        Write(new FindingLine { Sign = finding.Sign, Epoch = finding.Epoch, Message = finding.Message, Advice = finding.Advice, Elapsed = Elapsed });

    /// <inheritdoc/>
    public override void RunEnded(RunEnd end) => Write(new EndLine
    {
        Outcome = end.Outcome switch
        {
            RunOutcome.Published => "published",
            RunOutcome.Trained => "trained",
            RunOutcome.Stopped => "stopped",
            RunOutcome.Failed => "failed",
            var other => throw new InvalidOperationException($"Unknown outcome {other}."),
        },
        Why = end.Why,
        Model = end.Model?.Model.ToString(),
        BestEpoch = end.Model?.Epoch,
        EndedEarly = end.Report?.EndedEarly,
        TestLoss = end.Model?.Test.Loss,
        TestAccuracy = end.Model?.Test.Accuracy,
        ImagesPerSecond = end.Report is { } report ? Math.Round(report.ImagesPerSecond, 1) : null,
        Elapsed = Elapsed,
    });

    /// <inheritdoc/>
    public override void Dispose()
    {
        _file.Dispose();
        base.Dispose();
    }

    private static double Round(double seconds) => Math.Round(seconds, 3);

    private void Write(RunLogLine line) => _file.Append([.. JsonSerializer.SerializeToUtf8Bytes(line, RunLogFormat.Json), (byte)'\n']);

    // What a killed process wrote of its last line is no line.
    private static void CutTornLine(FileStream file)
    {
        var end = file.Length;
        for (; end > 0; end--)
        {
            file.Position = end - 1;
            if (file.ReadByte() == '\n')
            {
                break;
            }
        }

        file.SetLength(end);
        file.Position = end;
    }
}
