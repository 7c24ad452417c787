using System.CommandLine;
using System.Text.Json.Nodes;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Train.Loop;
using Toolchain.Train.Sweeps;

namespace Toolchain.Train.Commands;

/// <summary><c>train resume RUN</c>: goes on with a run that was interrupted, bit for bit as if it had not been.</summary>
internal sealed class ResumeCommand : ToolCommand
{
    private readonly Argument<string> _run = new("RUN") { Description = "The run's folder, or its name under --runs; of an ensemble, any member's." };
    private readonly Option<string> _runs = new("--runs") { Description = "Where run folders are.", HelpName = "DIR", DefaultValueFactory = static _ => "runs" };
    private readonly Option<string?> _models = new("--models") { Description = "The folder of the model registry (default: the one that the run began with).", HelpName = "DIR" };
    private readonly Option<int?> _workers = new("--workers") { Description = "Threads that prepare batches (default: as the run began); the result does not depend on them.", HelpName = "N" };

    public ResumeCommand()
        : base(
            "resume",
            "Go on with a run that was interrupted, bit for bit as if it had not been.",
            "resume runs/cnnnet-20260131-120000",
            "resume cnnnet-20260131-120000 --workers 2 --json")
    {
        Add(_run);
        Add(_runs);
        Add(_models);
        Add(_workers);
        _workers.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1)
            {
                result.AddError("--workers must be at least 1.");
            }
        });
    }

    /// <inheritdoc/>
    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var path = FolderOf(context.Get(_run), context.Get(_runs));
        if (File.Exists(Path.Combine(path, SweepState.FileName)))
        {
            throw new ToolchainException(ErrorKind.Usage, $"'{path}' is a sweep, which the command that began it goes on with: train sweep FILE.yaml, with the same options.");
        }

        var interrupted = InterruptedRun.Find(path);
        using var folder = interrupted.Folder;
        var (console, spec) = (context.Console, interrupted.Spec);
        var registry = new ModelRegistry(context.Get(_models) ?? spec.Models, context.Time);
        if (interrupted.IsFinished)
        {
            Say(console, interrupted, registry);
            return Task.FromResult(ExitCode.Ok);
        }

        interrupted.RequireSameMachinery(console.Warn);
        var request = spec.ToRequest(interrupted.Path, registry);
        request = request with { Workers = context.Get(_workers) ?? request.Workers };
        RunReport.Finish(console, request, Execute(context, request, registry, interrupted, cancellationToken));
        return Task.FromResult(ExitCode.Ok);
    }

    private static string FolderOf(string run, string runs)
    {
        var under = Path.Combine(runs, run);
        if (Directory.Exists(run) || Directory.Exists(under))
        {
            return Directory.Exists(run) ? run : under;
        }

        string[] known = Directory.Exists(runs) ? [.. Directory.GetDirectories(runs).Select(static d => Path.GetFileName(d)).Order(StringComparer.Ordinal)] : [];
        var latest = known.LastOrDefault(name => name.StartsWith($"{run}-", StringComparison.Ordinal)) ?? Nearest.To(run, known);
        throw new ToolchainException(ErrorKind.NotFound, $"There is no run '{run}'.{(latest is null ? " Give the folder that train run has named." : $" Did you mean '{latest}'?")}");
    }

    private static TrainingOutcome Execute(CommandContext context, TrainingRequest request, ModelRegistry registry, InterruptedRun interrupted, CancellationToken cancellationToken)
    {
        try
        {
            return new TrainingRun(request, registry, context.Console, context.Time).Execute(interrupted.Folder, interrupted.Earlier, cancellationToken);
        }
        catch (ToolchainException missing) when (missing.Kind == ErrorKind.NotFound && interrupted.Spec.WorkingFolder != Environment.CurrentDirectory)
        {
            throw new ToolchainException(ErrorKind.NotFound, $"{missing.Message} The run began in the folder {interrupted.Spec.WorkingFolder}.", missing);
        }
    }

    private static void Say(CommandConsole console, InterruptedRun run, ModelRegistry registry)
    {
        if (run.Spec.OutWeights is { } file && !File.Exists(file))
        {
            // The process ended, or the disk was full, between publishing the model and this copy of its weights.
            RunReport.WriteWeights(file, RunResult.Read(run.Path).Load(registry)[0]);
            console.Line($"wrote {file}");
        }

        string[] models = [.. run.Earlier.SelectMany(static folder => RunResult.Read(folder).Models).Select(static m => m.Model)];
        console.Line($"{run.Path} has come to its end: it published {string.Join(", ", models)}. There is nothing to resume.");
        console.Result(new JsonObject
        {
            ["run"] = run.Path,
            ["finished"] = true,
            ["models"] = new JsonArray([.. models.Select(static m => (JsonNode)m)]),
        });
    }
}
