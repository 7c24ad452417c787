using System.CommandLine;
using System.Text.Json.Nodes;
using Toolchain.Registry.Cli;
using Toolchain.Train.Loop;
using Toolchain.Train.Sweeps;

namespace Toolchain.Train.Commands;

/// <summary><c>train sweep FILE.yaml</c>: searches for good values of a recipe's settings, and publishes the best trial's model.</summary>
internal sealed class SweepCommand : ToolCommand
{
    private readonly Argument<string> _file = new("FILE.yaml") { Description = "A recipe with 'search': the method (grid, random, halving) and, under 'over', the values to vary: settings, set.KEY, network, image_size, seed." };
    private readonly TrainingOptions _training = new("Where the sweep's folder, sweep-NAME, goes; a sweep that is there goes on.", withNetwork: false);

    public SweepCommand()
        : base(
            "sweep",
            "Search for good values of a recipe's settings (grid, random, successive halving), and publish the best trial's model.",
            "sweep rates.yaml --data fashion-mnist",
            "sweep rates.yaml --data folder:pictures --image-size 64x64 --folds 5 --fold 1 --tensorboard",
            "sweep rates.yaml --name rates --json")
    {
        Add(_file);
        _training.AddTo(this);
    }

    /// <inheritdoc/>
    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var (file, console, registry) = (SweepFile.Open(context.Get(_file)), context.Console, _training.Registry(context));
        var requests = new SweepRequests(context, _training, file, registry, cancellationToken);
        requests.RequireFree();
        var combinations = file.Plan.Combinations(_training.Seed(context));
        var first = Checked(file.Plan, [.. combinations.Select(requests.Of)]);
        var folder = Path.Combine(first.RunsFolder, $"sweep-{first.ModelName}");
        var sweep = new SweepRun(file.Plan, requests.Definition(first), folder, values => requests.Of(values) with { RunsFolder = folder }, registry, console, context.Time);
        try
        {
            Show(context, file.Plan, first, sweep, folder, sweep.Run(combinations, file.Plan.Method == SweepMethod.Halving ? first.Recipe.Epochs : null, cancellationToken));
        }
        catch (OperationCanceledException)
        {
            console.Line(HowToGoOn(folder));
            throw;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ToolchainException { Kind: ErrorKind.Unavailable or ErrorKind.BadInput })
        {
            throw new ToolchainException(failure is ToolchainException { Kind: var kind } ? kind : ErrorKind.Unavailable, $"{failure.Message}{(File.Exists(Path.Combine(folder, SweepState.FileName)) ? $" {HowToGoOn(folder)}" : "")}", failure);
        }

        return Task.FromResult(ExitCode.Ok);
    }

    private static string HowToGoOn(string folder) => $"The trials so far are in {folder}; the same command goes on with the sweep.";

    // All trials are checked before the first begins: a mistake in the last one should not cost the time of the others.
    private static TrainingRequest Checked(SweepPlan plan, TrainingRequest[] requests)
    {
        (bool Wrong, string Problem)[] rules =
        [
            (requests.Any(static r => r.Recipe.ValidationShare == 0), "trials are compared by their validation results, so 'validation' must be above 0"),
            (plan.Method == SweepMethod.Halving && requests.Any(static r => r.Recipe.Epochs is null), "method halving counts in epochs, so the recipe needs 'epochs'"),
            (plan.Method == SweepMethod.Halving && requests.DistinctBy(static r => r.Recipe.Epochs).Count() > 1, "method halving gives every trial the epochs that it deserves, so 'epochs' cannot be varied"),
        ];
        string[] problems = [.. rules.Where(static r => r.Wrong).Select(static r => r.Problem)];
        return problems.Length == 0 ? requests[0] : throw new ToolchainException(ErrorKind.Usage, $"{string.Join("; ", problems)}.");
    }

    private static void Show(CommandContext context, SweepPlan plan, TrainingRequest request, SweepRun sweep, string folder, SweepState state)
    {
        var report = new SweepReport($"{request.Source.Name} on {request.Data}, {plan.Method.Text()}", plan, state, sweep.FolderOf);
        var (csv, svg) = (Path.Combine(folder, "trials.csv"), Path.Combine(folder, "trials.svg"));
        RunFolder.Guarded(folder, () =>
        {
            File.WriteAllText(csv, report.Csv());
            File.WriteAllText(svg, report.Chart().ToSvg());
            return true;
        });
        var console = context.Console;
        console.Table(report.Table());
        var best = state.Ranked().First();
        console.Line(FormattableString.Invariant($"published {state.Model}, trial {best.Number}: {string.Join(", ", best.Values.Select(static v => $"{v.Key} {v.Value}"))}; table in {csv}, chart in {svg}"));
        console.Result(new JsonObject
        {
            ["model"] = state.Model,
            ["best"] = best.Number,
            ["trials"] = report.Json(),
            ["sweep"] = folder,
            ["csv"] = csv,
            ["chart"] = svg,
        });
    }
}
