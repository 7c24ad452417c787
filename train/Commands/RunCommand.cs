using System.CommandLine;
using Toolchain.Graphs.Weights;
using Toolchain.Registry.Cli;
using Toolchain.Train.Loop;
using Toolchain.Train.Optimization;
using Toolchain.Train.Recipes;

namespace Toolchain.Train.Commands;

/// <summary><c>train run NETWORK --data DATA</c>: trains a network, or several as an ensemble, and publishes what came of it.</summary>
internal sealed class RunCommand : ToolCommand
{
    private readonly Option<string?> _recipeFile = new("--recipe")
    {
        Description = $"A recipe: {string.Join(", ", RecipeFile.Shipped)}, or a YAML file with the settings below by name; options override it.",
        HelpName = "NAME|FILE",
    };

    private readonly Option<int> _ensemble = new("--ensemble") { Description = "Train this many models with different seeds, named NAME-1, NAME-2, ….", HelpName = "N", DefaultValueFactory = static _ => 1 };
    private readonly Option<bool> _snapshots = new("--snapshots") { Description = "Publish a model after every cycle of --schedule cosine-restarts, named NAME-1, NAME-2, …." };
    private readonly Option<string?> _outWeights = new("--out-weights") { Description = $"Also write the weights to this file ({WeightFile.Extensions}).", HelpName = "FILE" };
    private readonly TrainingOptions _training = new("Where the run's log and checkpoints go, which train resume goes on from.");

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
        foreach (var option in (Option[])[_recipeFile, _ensemble, _snapshots, _outWeights])
        {
            Add(option);
        }

        _training.AddTo(this);
        TrainingOptions.AtLeastOne(_ensemble);
    }

    /// <inheritdoc/>
    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var file = context.Get(_recipeFile) is { } reference ? RecipeFile.Open(reference) : null;
        var registry = _training.Registry(context);
        var request = _training.Read(context, _training.Source(context, registry, file), file, cancellationToken) with
        {
            Members = context.Get(_ensemble),
            Snapshots = context.Get(_snapshots),
            OutWeights = context.Get(_outWeights),
        };
        Require(request);
        RunReport.Finish(context.Console, request, new TrainingRun(request, registry, context.Console, context.Time).Execute(cancellationToken));
        return Task.FromResult(ExitCode.Ok);
    }

    private static void Require(TrainingRequest request)
    {
        var (recipe, members, snapshots) = (request.Recipe, request.Members, request.Snapshots);
        (bool Wrong, string Problem)[] rules =
        [
            (snapshots && recipe.Schedule != ScheduleKind.CosineRestarts, "--snapshots needs --schedule cosine-restarts: one model comes of each cycle"),
            (snapshots && members > 1, "--snapshots and --ensemble exclude each other"),
            (snapshots && (recipe.Swa is not null || recipe.EarlyStop is not null), "--snapshots needs whole cycles, so it excludes --swa and --early-stop"),
            (request.OutWeights is not null && (members > 1 || snapshots), "--out-weights writes one model's weights; with several, use: train export-weights"),
        ];
        if (rules.Where(static r => r.Wrong).Select(static r => r.Problem).ToArray() is { Length: > 0 } problems)
        {
            throw new ToolchainException(ErrorKind.Usage, $"{string.Join("; ", problems)}.");
        }

        if (request.OutWeights is { } file)
        {
            WeightFile.RequireKnown(file);
        }
    }
}
