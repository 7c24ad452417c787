using System.CommandLine;
using Toolchain.Graphs.Weights;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Train.Loop;
using Toolchain.Train.Optimization;
using Toolchain.Train.Recipes;

namespace Toolchain.Train.Commands;

/// <summary><c>train run NETWORK --data DATA</c>: trains a network, or several as an ensemble, and publishes what came of it.</summary>
internal sealed class RunCommand : ToolCommand
{
    private const double LongestInterval = 1440;

    private readonly SourceOptions _source = new();
    private readonly Option<string?> _data = new("--data") { Description = $"The data set: {DataOption.Known}.", HelpName = "DATA" };
    private readonly Option<string?> _recipeFile = new("--recipe")
    {
        Description = $"A recipe: {string.Join(", ", RecipeFile.Shipped)}, or a YAML file with the settings below by name; options override it.",
        HelpName = "NAME|FILE",
    };

    private readonly Option<string?> _name = new("--name") { Description = "The model's name in the registry (default: the network's).", HelpName = "NAME" };
    private readonly Option<int> _ensemble = new("--ensemble") { Description = "Train this many models with different seeds, named NAME-1, NAME-2, ….", HelpName = "N", DefaultValueFactory = static _ => 1 };
    private readonly Option<bool> _snapshots = new("--snapshots") { Description = "Publish a model after every cycle of --schedule cosine-restarts, named NAME-1, NAME-2, …." };
    private readonly Option<string> _runs = new("--runs") { Description = "Where the run's log and checkpoints go.", HelpName = "DIR", DefaultValueFactory = static _ => "runs" };
    private readonly Option<string?> _outWeights = new("--out-weights") { Description = $"Also write the weights to this file ({WeightFile.Extensions}).", HelpName = "FILE" };
    private readonly Option<double> _checkpointEvery = new("--checkpoint-every")
    {
        Description = "Save the training state, which train resume goes on from, after this many minutes at the latest, and after every epoch.",
        HelpName = "MIN",
        DefaultValueFactory = static _ => 5,
    };

    private readonly Option<int> _workers = new("--workers") { Description = "Threads that prepare batches.", HelpName = "N", DefaultValueFactory = static _ => 1 };
    private readonly DataReadingOptions _reading = new();
    private readonly DivisionOptions _division = new();
    private readonly RecipeOptions _recipe = new();
    private readonly ComputeOptions _compute = new();
    private readonly WatchOptions _watch = new();
    private readonly ModelsOption _models = new();
    private readonly SeedOption _seed = new();

    public RunCommand()
        : base(
            "run",
            "Train a network and publish it in the registry.",
            "run cnnnet --set size=small --data fashion-mnist --epochs 5",
            "run resblocks --set blocks=20 --data fashion-mnist --optimizer sgd --schedule step --step-size 3 --lr 0.05 --name deep",
            "run --from deep --data fashion-mnist --freeze-except 'fc*' --epochs 1",
            "run --recipe fashion-mnist-best",
            "run mlp --data fashion-mnist --steps 100 --json")
    {
        _source.AddTo(this);
        Add(_data);
        _reading.AddTo(this);
        _division.AddTo(this);
        Add(_recipeFile);
        Add(_name);
        Add(_ensemble);
        Add(_snapshots);
        _recipe.AddTo(this);
        _compute.AddTo(this);
        Add(_workers);
        Add(_seed);
        Add(_models);
        Add(_runs);
        Add(_outWeights);
        Add(_checkpointEvery);
        _watch.AddTo(this);
        AtLeastOne(_workers);
        AtLeastOne(_ensemble);
        _checkpointEvery.Validators.Add(static result =>
        {
            if (!(result.GetValueOrDefault<double>() is > 0 and <= LongestInterval))
            {
                result.AddError($"--checkpoint-every takes minutes above 0 and up to {LongestInterval}.");
            }
        });
    }

    /// <inheritdoc/>
    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var file = context.Get(_recipeFile) is { } reference ? RecipeFile.Open(reference) : null;
        var recipe = _recipe.Read(context, context.Get(_seed), file);
        Require(context, recipe);
        var registry = context.Registry(_models);
        var source = _source.Resolve(context, registry, file);
        var request = new TrainingRequest
        {
            Source = source,
            Edits = _source.Edits(context),
            NewHead = _source.Classes(context),
            Data = context.Get(_data) ?? file?.Data ?? throw new ToolchainException(ErrorKind.Usage, $"No data set was named. Give --data with one of: {DataOption.Known}."),
            Reading = _reading.Read(context, cancellationToken),
            Division = _division.Read(context, _recipe.WasGiven(context, "validation", file)),
            Recipe = recipe,
            ModelName = BareName(context.Get(_name) ?? file?.Name ?? source.Name),
            Members = context.Get(_ensemble),
            Snapshots = context.Get(_snapshots),
            Device = context.Get(_compute.Device),
            Threads = context.Get(_compute.Threads),
            Workers = context.Get(_workers),
            Precision = _compute.ReadPrecision(context),
            Layout = _compute.ReadLayout(context),
            CheckpointEvery = TimeSpan.FromMinutes(context.Get(_checkpointEvery)),
            RunsFolder = context.Get(_runs),
            OutWeights = context.Get(_outWeights),
            Observation = _watch.Read(context),
        };
        RunReport.Finish(context.Console, request, new TrainingRun(request, registry, context.Console, context.Time).Execute(cancellationToken));
        return Task.FromResult(ExitCode.Ok);
    }

    private void Require(CommandContext context, TrainingRecipe recipe)
    {
        var (members, snapshots) = (context.Get(_ensemble), context.Get(_snapshots));
        (bool Wrong, string Problem)[] rules =
        [
            (snapshots && recipe.Schedule != ScheduleKind.CosineRestarts, "--snapshots needs --schedule cosine-restarts: one model comes of each cycle"),
            (snapshots && members > 1, "--snapshots and --ensemble exclude each other"),
            (snapshots && (recipe.Swa is not null || recipe.EarlyStop is not null), "--snapshots needs whole cycles, so it excludes --swa and --early-stop"),
            (context.Get(_outWeights) is not null && (members > 1 || snapshots), "--out-weights writes one model's weights; with several, use: train export-weights"),
        ];
        if (rules.Where(static r => r.Wrong).Select(static r => r.Problem).ToArray() is { Length: > 0 } problems)
        {
            throw new ToolchainException(ErrorKind.Usage, $"{string.Join("; ", problems)}.");
        }

        if (context.Get(_outWeights) is { } file)
        {
            WeightFile.RequireKnown(file);
        }
    }

    private static void AtLeastOne(Option<int> option) => option.Validators.Add(result =>
    {
        if (result.GetValueOrDefault<int>() < 1)
        {
            result.AddError($"{option.Name} must be at least 1.");
        }
    });

    private static string BareName(string text) => ModelReference.Parse(text) is { Version: null, Alias: null } bare
        ? bare.Name
        : throw new ToolchainException(ErrorKind.Usage, $"--name takes a model's name alone, found '{text}'; its version is the next free number, and aliases are set by: train models alias.");
}
