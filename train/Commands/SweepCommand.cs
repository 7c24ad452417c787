using System.CommandLine;
using System.Text.Json.Nodes;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Train.Loop;
using Toolchain.Train.Recipes;
using Toolchain.Train.Sources;
using Toolchain.Train.Sweeps;

namespace Toolchain.Train.Commands;

/// <summary><c>train sweep FILE.yaml</c>: searches for good values of a recipe's settings, and publishes the best trial's model.</summary>
internal sealed class SweepCommand : ToolCommand
{
    private readonly Argument<string> _file = new("FILE.yaml") { Description = "A recipe with 'search': the method (grid, random, halving) and, under 'over', the values to vary." };
    private readonly Option<string?> _data = new("--data") { Description = $"The data set, unless the file names it: {DataOption.Known}.", HelpName = "DATA" };
    private readonly Option<string?> _name = new("--name") { Description = "The model's name in the registry (default: the file's, or the network's).", HelpName = "NAME" };
    private readonly Option<string> _runs = new("--runs") { Description = "Where the sweep's folder, sweep-NAME, goes; a sweep that is there goes on.", HelpName = "DIR", DefaultValueFactory = static _ => "runs" };
    private readonly ComputeOptions _compute = new();
    private readonly SeedOption _seed = new();
    private readonly ModelsOption _models = new();

    public SweepCommand()
        : base(
            "sweep",
            "Search for good values of a recipe's settings (grid, random, successive halving), and publish the best trial's model.",
            "sweep rates.yaml --data fashion-mnist",
            "sweep rates.yaml --name rates --json")
    {
        foreach (var option in (Option[])[_data, _name, _runs, _seed, _models])
        {
            Add(option);
        }

        Add(_file);
        _compute.AddTo(this);
    }

    /// <inheritdoc/>
    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var file = SweepFile.Open(context.Get(_file));
        var (seed, console) = (context.Get(_seed), context.Console);
        var combinations = file.Plan.Combinations(seed);
        var registry = context.Registry(_models);
        TrainingRequest RequestOf(IReadOnlyDictionary<string, string> values) => Request(context, file, values);
        var first = Checked(file.Plan, combinations, RequestOf);
        var folder = Path.Combine(context.Get(_runs), $"sweep-{first.ModelName}");
        var sweep = new SweepRun(file.Plan, Definition(file, first), folder, values => RequestOf(values) with { RunsFolder = folder }, registry, console, context.Time);
        try
        {
            Show(context, file.Plan, first, sweep, folder, sweep.Run(combinations, file.Plan.Method == SweepMethod.Halving ? first.Recipe.Epochs : null, cancellationToken));
        }
        catch (OperationCanceledException)
        {
            console.Line($"The trials so far are in {folder}; the same command goes on with the sweep.");
            throw;
        }

        return Task.FromResult(ExitCode.Ok);
    }

    private TrainingRequest Request(CommandContext context, SweepFile file, IReadOnlyDictionary<string, string> values)
    {
        var recipe = file.Recipe;
        var (arguments, settings) = (new Dictionary<string, string>(recipe.Arguments, StringComparer.Ordinal), recipe.Given.ToList());
        foreach (var (key, text) in values)
        {
            if (key.StartsWith(SweepParameter.ArgumentPrefix, StringComparison.Ordinal))
            {
                arguments[key[SweepParameter.ArgumentPrefix.Length..]] = text;
            }
            else
            {
                settings.Add(new(RecipeSettings.Get(key, recipe.Source), [text], $"{recipe.Source}: {key}"));
            }
        }

        var source = NetworkSource.Resolve(recipe.Network ?? throw new ToolchainException(ErrorKind.Usage, $"{recipe.Source}: no network is named. Add 'network: NAME'."), arguments);
        return new()
        {
            Source = source,
            Data = context.Get(_data) ?? recipe.Data ?? throw new ToolchainException(ErrorKind.Usage, $"No data set was named. Give --data with one of: {DataOption.Known}."),
            Division = new() { OwnFirst = !settings.Exists(static s => s.Setting.Key == "validation") },
            Recipe = RecipeRules.Compose(new TrainingRecipe { Seed = context.Get(_seed) }, settings),
            ModelName = ModelName.Checked("--name", context.Get(_name) ?? recipe.Name ?? source.Name),
            Device = context.Get(_compute.Device),
            Threads = context.Get(_compute.Threads),
            Precision = _compute.ReadPrecision(context),
            Layout = _compute.ReadLayout(context),
            RunsFolder = context.Get(_runs),
        };
    }

    // All trials are checked before the first begins: a mistake in the last one should not cost the time of the others.
    private static TrainingRequest Checked(SweepPlan plan, IReadOnlyList<IReadOnlyDictionary<string, string>> combinations, Func<IReadOnlyDictionary<string, string>, TrainingRequest> requestOf)
    {
        TrainingRequest[] requests = [.. combinations.Select(requestOf)];
        (bool Wrong, string Problem)[] rules =
        [
            (requests.Any(static r => r.Recipe.ValidationShare == 0), "trials are compared by their validation results, so 'validation' must be above 0"),
            (plan.Method == SweepMethod.Halving && requests.Any(static r => r.Recipe.Epochs is null), "method halving counts in epochs, so the recipe needs 'epochs'"),
            (plan.Method == SweepMethod.Halving && requests.DistinctBy(static r => r.Recipe.Epochs).Count() > 1, "method halving gives every trial the epochs that it deserves, so 'epochs' cannot be varied"),
        ];
        string[] problems = [.. rules.Where(static r => r.Wrong).Select(static r => r.Problem)];
        return problems.Length == 0 ? requests[0] : throw new ToolchainException(ErrorKind.Usage, $"{string.Join("; ", problems)}.");
    }

    private static string Definition(SweepFile file, TrainingRequest first) => string.Join(
        '\n', $"data {first.Data}", $"seed {first.Recipe.Seed}", $"device {first.Device}", $"threads {first.Threads}", $"precision {first.Precision}", $"layout {first.Layout}", file.Text);

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
