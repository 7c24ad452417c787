using System.Globalization;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Train.Loop;
using Toolchain.Train.Observation;

namespace Toolchain.Train.Sweeps;

/// <summary>
/// Runs a sweep's trials, each in a run folder of its own, and publishes the best one's model; the others stay in their folders. A sweep that was ended, by
/// whatever, goes on where it was: within the trial at its last checkpoint.
/// </summary>
/// <param name="plan">What is tried.</param>
/// <param name="definition">All that decides the sweep, as text.</param>
/// <param name="folder">The sweep's folder.</param>
/// <param name="requestOf">The request of a combination of values.</param>
/// <param name="registry">Where the model goes.</param>
/// <param name="console">Where the trials are shown.</param>
/// <param name="time">The clock.</param>
internal sealed class SweepRun(
    SweepPlan plan, string definition, string folder, Func<IReadOnlyDictionary<string, string>, TrainingRequest> requestOf, ModelRegistry registry, CommandConsole console, TimeProvider time)
{
    /// <summary>Runs what is left of it.</summary>
    /// <param name="combinations">The trials' values.</param>
    /// <param name="epochs">Epochs of a whole trial; null where each trial has its own.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="ToolchainException">No trial has come to a result (<see cref="ErrorKind.CheckFailed"/>), or another process is at work in the folder (<see cref="ErrorKind.Unavailable"/>).</exception>
    public SweepState Run(IReadOnlyList<IReadOnlyDictionary<string, string>> combinations, int? epochs, CancellationToken cancellation)
    {
        using var held = Hold();
        var state = SweepState.Find(folder, definition) ?? new(definition, time.GetUtcNow(), [.. combinations.Select(static (values, i) => new SweepTrial(i + 1, values))]);
        state.Write(folder);
        foreach (var rung in plan.Rungs(epochs ?? int.MaxValue).Skip(state.Rungs))
        {
            foreach (var trial in state.Trials.Where(t => state.Alive.Contains(t.Number) && !t.IsFinished && t.Failure is null && t.Epochs < rung))
            {
                console.Line(string.Create(CultureInfo.InvariantCulture, $"trial {trial.Number} of {state.Trials.Count}: {string.Join(", ", trial.Values.Select(static v => $"{v.Key} {v.Value}"))}"));
                state = state.With(Train(trial, rung, cancellation));
                state.Write(folder);
            }

            state = Climbed(state);
            state.Write(folder);
        }

        if (state.Model is null)
        {
            state = state with { Model = Publish(state, cancellation).Model.ToString() };
            state.Write(folder);
        }

        return state;
    }

    /// <summary>The folder of a trial.</summary>
    public string FolderOf(SweepTrial trial) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"trial-{trial.Number:d3}"));

    private FileStream Hold() => RunFolder.Guarded(folder, () =>
    {
        Directory.CreateDirectory(folder);
        return FileLock.TryTake(Path.Combine(folder, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite)
            ?? throw new ToolchainException(ErrorKind.Unavailable, $"Sweep '{folder}' is at work in another process. Wait until it has ended, or end it.");
    });

    // Nobody is left behind by the last rung, after which all that are there have been trained to their end.
    private SweepState Climbed(SweepState state)
    {
        int[] ranked = [.. state.Ranked().Select(static t => t.Number).Where(state.Alive.Contains)];
        return state with { Rungs = state.Rungs + 1, Alive = [.. ranked.Take(plan.Method == SweepMethod.Halving && !ranked.All(n => state.Trials[n - 1].IsFinished) ? plan.GoOn(ranked.Length) : ranked.Length)] };
    }

    private SweepTrial Train(SweepTrial trial, int rung, CancellationToken cancellation)
    {
        var (run, request) = Open(trial);
        using var held = run;
        var from = run.Latest(console.Warn);
        if (from is null)
        {
            // A trial that was ended before its first state begins again, and so does its log.
            File.Delete(run.Log);
        }

        var display = new TrainingDisplay(console);
        using var observers = request.Observation.Open(run, time, display, console);
        try
        {
            using var training = Prepare(run, request, cancellation);
            var report = training.Train(request.ModelName, training.Request.Recipe, run, from, rung, display, observers, cycleEnded: null, cancellation);
            observers.RunEnded(new(RunOutcome.Trained) { Report = report });
            return trial with
            {
                Epochs = report.Epochs.Count,
                IsFinished = report.EndedEarly is not null || report.Epochs.Count < rung || report.Epochs.Count == training.Request.Recipe.Epochs,
                BestEpoch = report.BestEpoch,
                Validation = report.Epochs[report.BestEpoch - 1].Validation,
            };
        }
        catch (ToolchainException failure) when (failure.Kind is ErrorKind.CheckFailed or ErrorKind.Usage)
        {
            // Values that lead nowhere are a result of the search.
            observers.RunFailed(failure);
            console.Warn($"trial {trial.Number}: {failure.Message}");
            return trial with { Failure = failure.Message };
        }
        catch (Exception failure)
        {
            observers.RunFailed(failure);
            throw;
        }
    }

    private (RunFolder Run, TrainingRequest Request) Open(SweepTrial trial)
    {
        var path = FolderOf(trial);
        if (!File.Exists(Path.Combine(path, RunSpec.FileName)))
        {
            return (RunFolder.At(path), requestOf(trial.Values));
        }

        var interrupted = InterruptedRun.Find(path);
        interrupted.RequireSameMachinery(console.Warn);

        // A trial that train resume has brought to its end is at no process's work.
        return (interrupted.Folder ?? RunFolder.Open(path), interrupted.Spec.ToRequest(path, registry) with { Varied = [.. trial.Values.Keys] });
    }

    private PreparedTraining Prepare(RunFolder run, TrainingRequest request, CancellationToken cancellation)
    {
        var training = new PreparedTraining(request, console, cancellation);
        if (!File.Exists(Path.Combine(run.Path, RunSpec.FileName)))
        {
            RunSpec.Of(training, registry, run.Path, [], time.GetUtcNow()).Write(run.Path);
        }

        return training;
    }

    private TrainedModel Publish(SweepState state, CancellationToken cancellation)
    {
        var best = state.Ranked().FirstOrDefault()
            ?? throw new ToolchainException(ErrorKind.CheckFailed, $"None of the {state.Trials.Count} trials in '{folder}' has come to a result; {SweepState.FileName} says why. Nothing was published.");
        var (run, request) = Open(best);
        using var held = run;
        using var training = Prepare(run, request, cancellation);
        var reports = run.Latest(console.Warn)!.State.Reports;
        var publication = new Publication(training.Request, registry, training.Request.Recipe, training.Final, training.Mode, training.Device, training.Threads);
        return publication.Publish(request.ModelName, training.Trained(run.BestWeights()), reports[best.BestEpoch - 1], null, state.Started, cancellation);
    }
}
