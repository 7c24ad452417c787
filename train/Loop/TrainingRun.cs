using System.Diagnostics;
using System.Globalization;
using Toolchain.Graphs;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Train.Evaluation;
using Toolchain.Train.Loop.Checkpoints;
using Toolchain.Train.Observation;

namespace Toolchain.Train.Loop;

/// <summary>A whole run: training, the measurement on the test split, publication; several times for an ensemble. It may go on with what an earlier process began.</summary>
internal sealed class TrainingRun(TrainingRequest request, ModelRegistry registry, CommandConsole console, TimeProvider time)
{
    /// <summary>Runs it.</summary>
    public TrainingOutcome Execute(CancellationToken cancellation) => Execute(null, [], cancellation);

    /// <summary>Runs what is left of it.</summary>
    /// <param name="interrupted">The run that was interrupted, which this call releases; null to begin one.</param>
    /// <param name="earlier">The folders of the members that have ended.</param>
    /// <param name="cancellation">Stops it.</param>
    public TrainingOutcome Execute(RunFolder? interrupted, IReadOnlyList<string> earlier, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        using var training = new PreparedTraining(request, console, cancellation);
        var folders = new List<string>(earlier);
        var members = earlier.Select(Load).ToList();
        while (members.Count < request.Members)
        {
            var name = request.Members > 1 ? Numbered(members.Count + 1) : request.ModelName;
            using var run = interrupted ?? Begin(training, name, folders);
            members.Add(Train(training, name, members.Count, run, isResumed: interrupted is not null, cancellation));
            folders.Add(run.Path);
            interrupted = null;
        }

        TrainedModel[] models = [.. members.SelectMany(static m => m.Models)];
        return new(
            models,
            models.Length > 1 ? Together(models, training, cancellation) : null,
            [.. members.Select(static m => m.Report)],
            training.Request.Recipe.BatchSize!.Value,
            training.Mode,
            folders[^1],
            Stopwatch.GetElapsedTime(started).TotalSeconds,
            [.. members.SelectMany(static m => m.Findings)]);
    }

    private RunFolder Begin(PreparedTraining training, string name, IReadOnlyList<string> earlier)
    {
        var run = RunFolder.Create(request.RunsFolder, name, time);
        try
        {
            RunSpec.Of(training, registry, run.Path, earlier, time.GetUtcNow()).Write(run.Path);
            return run;
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    private Member Train(PreparedTraining training, string name, int member, RunFolder run, bool isResumed, CancellationToken cancellation)
    {
        var recipe = training.Request.Recipe with { Seed = request.Recipe.Seed + member };
        var publication = new Publication(training.Request, registry, recipe, training.Final, training.Mode, training.Device, training.Threads);
        var began = isResumed ? RunSpec.Read(run.Path).Started : (DateTimeOffset?)null;
        var result = RunResult.Read(run.Path);
        var models = new List<TrainedModel>(result.Load(registry));
        var from = run.Latest(console.Warn);
        var foundBefore = FoundBefore(run, from);
        var display = new TrainingDisplay(console);
        using var observers = request.Observation.Open(run, time, display, console);
        try
        {
            var report = training.Train(
                name, recipe, run, from, pauseAfter: null, display, observers, request.Snapshots ? PublishSnapshot : null, cancellation);
            if (models.Count == 0)
            {
                Published(publication.Publish(name, training.Trained(report.BestWeights), report.Epochs[report.BestEpoch - 1], null, began, cancellation) with { Weights = report.BestWeights });
            }

            Finding[] findings = [.. foundBefore, .. observers.Findings.ExceptBy(foundBefore.Select(static f => f.Sign), static f => f.Sign)];
            Keep(run, result.Finished(report, findings));
            Ended(observers, models[^1], report);
            return new(models, report, findings);
        }
        catch (ToolchainException failure) when (failure.Kind is not (ErrorKind.CheckFailed or ErrorKind.Usage))
        {
            observers.RunFailed(failure);
            throw new ToolchainException(failure.Kind, $"{failure.Message}{run.HowToGoOn()}", failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // What the run's own files do not report: output that goes to a full disk, for one.
            observers.RunFailed(failure);
            throw new ToolchainException(ErrorKind.Unavailable, $"The run has stopped: {failure.Message}{run.HowToGoOn()}", failure);
        }
        catch (Exception failure)
        {
            observers.RunFailed(failure);
            throw;
        }

        void PublishSnapshot(EpochReport epoch, IReadOnlyDictionary<string, TensorData> weights)
        {
            if (models.All(m => m.Epoch != epoch.Epoch))
            {
                var number = models.Count + 1;
                Published(publication.Publish(Numbered(number), training.Trained(weights), epoch, number, began, cancellation));
            }
        }

        void Published(TrainedModel model)
        {
            models.Add(model);
            result = result.With(model);
            Keep(run, result);
        }
    }

    // A run that was ended before its first state begins again, and so does its log.
    private IReadOnlyList<Finding> FoundBefore(RunFolder run, Checkpoint? from)
    {
        if (from is null)
        {
            File.Delete(run.Log);
            return [];
        }

        try
        {
            return [.. RunLog.Read(run.Log).Findings.Where(f => f.Epoch <= from.State.Reports.Count).Select(static f => new Finding(f.Sign, f.Epoch, f.Message, f.Advice))];
        }
        catch (ToolchainException damage) when (damage.Kind is ErrorKind.BadInput or ErrorKind.NotFound)
        {
            console.Warn($"{damage.Message} The training does not need it, and goes on.");
            return [];
        }
    }

    private Member Load(string folder)
    {
        var result = RunResult.Read(folder);
        var models = result.Load(registry);
        return new(models, result.ToReport(models), result.Findings);
    }

    // What is published is published: a resumed run finds it again by its weights.
    private void Keep(RunFolder run, RunResult result)
    {
        try
        {
            result.Write(run.Path);
        }
        catch (ToolchainException failure) when (failure.Kind == ErrorKind.Unavailable)
        {
            console.Warn($"model {result.Models[^1].Model} was published, but its run could not note that: {failure.InnerException?.Message}");
        }
    }

    // The model is published; a log that cannot be finished does not take that back.
    private void Ended(RunObservers observers, TrainedModel model, TrainingReport report)
    {
        try
        {
            observers.RunEnded(new(RunOutcome.Published) { Model = model, Report = report });
        }
        catch (ToolchainException failure) when (failure.Kind == ErrorKind.Unavailable)
        {
            console.Warn($"model {model.Model} was published, but its run's log could not be finished: {failure.InnerException?.Message}");
        }
    }

    private string Numbered(int member) => string.Create(CultureInfo.InvariantCulture, $"{request.ModelName}-{member}");

    private static SplitMetrics? Together(IReadOnlyList<TrainedModel> models, PreparedTraining training, CancellationToken cancellation)
    {
        var data = training.Final;
        if (data.Task != ModelTask.Classification)
        {
            return null;
        }

        Classifier[] members = [.. models.Select(m => new Classifier(m.Model.ToString(), training.Trained(m.Weights), data.Preprocessing, training.Device))];
        try
        {
            return Evaluator.Evaluate(members, data.Splits.Test, Enumerable.Range(0, data.Splits.Test.Count).ToArray(), new(), cancellation).Report.ToMetrics();
        }
        finally
        {
            Array.ForEach(members, static m => m.Dispose());
        }
    }

    private sealed record Member(IReadOnlyList<TrainedModel> Models, TrainingReport Report, IReadOnlyList<Finding> Findings);
}
