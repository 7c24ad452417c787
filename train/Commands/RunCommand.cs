using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Toolchain.Graphs.Safetensors;
using Toolchain.Networks;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Train.Loop;

namespace Toolchain.Train.Commands;

/// <summary><c>train run NETWORK --data DATA</c>: trains a network and publishes it.</summary>
internal sealed class RunCommand : ToolCommand
{
    private readonly Argument<string> _network = new("NETWORK") { Description = "A network of the catalog; see: train networks." };
    private readonly DataOption _data = new();
    private readonly Option<string?> _name = new("--name") { Description = "The model's name in the registry (default: the network's).", HelpName = "NAME" };
    private readonly Option<string> _runs = new("--runs") { Description = "Where the run's log and checkpoints go.", HelpName = "DIR", DefaultValueFactory = static _ => "runs" };
    private readonly Option<string?> _outWeights = new("--out-weights") { Description = "Also write the best epoch's weights to this file.", HelpName = "FILE.safetensors" };
    private readonly Option<int> _workers = new("--workers") { Description = "Threads that prepare batches.", HelpName = "N", DefaultValueFactory = static _ => 1 };
    private readonly SetOption _set = new();
    private readonly RecipeOptions _recipe = new();
    private readonly ComputeOptions _compute = new();
    private readonly ModelsOption _models = new();
    private readonly SeedOption _seed = new();

    public RunCommand()
        : base(
            "run",
            "Train a network and publish it in the registry.",
            "run cnnnet --set size=small --data fashion-mnist --epochs 5",
            "run resblocks --set blocks=20 --data fashion-mnist --optimizer sgd --schedule step --step-size 3 --lr 0.05 --name deep",
            "run mlp --data fashion-mnist --steps 100 --json")
    {
        Add(_network);
        Add(_data);
        Add(_set);
        Add(_name);
        _recipe.AddTo(this);
        _compute.AddTo(this);
        Add(_workers);
        Add(_seed);
        Add(_models);
        Add(_runs);
        Add(_outWeights);
        _workers.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
            {
                result.AddError("--workers must be at least 1.");
            }
        });
    }

    /// <inheritdoc/>
    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var network = NetworkCatalog.Get(context.Get(_network));
        var request = new TrainingRequest(
            network,
            _set.Read(context, network),
            context.Get(_data),
            _recipe.Read(context, context.Get(_seed)),
            BareName(context.Get(_name) ?? network.Name),
            context.Get(_compute.Device),
            context.Get(_compute.Threads),
            context.Get(_workers),
            _compute.ReadPrecision(context),
            _compute.ReadLayout(context),
            context.Get(_runs));
        var outcome = new TrainingRun(request, context.Registry(_models), context.Console, context.Time).Execute(cancellationToken);
        if (context.Get(_outWeights) is { } file)
        {
            WriteWeights(file, outcome);
        }

        Report(context.Console, outcome);
        return Task.FromResult(ExitCode.Ok);
    }

    private static string BareName(string text) => ModelReference.Parse(text) is { Version: null, Alias: null } bare
        ? bare.Name
        : throw new ToolchainException(ErrorKind.Usage, $"--name takes a model's name alone, found '{text}'; its version is the next free number, and aliases are set by: train models alias.");

    private static void WriteWeights(string file, TrainingOutcome outcome)
    {
        try
        {
            SafetensorsFile.Write(file, outcome.Weights, new Dictionary<string, string> { ["model"] = outcome.Model.ToString() });
        }
        catch (ToolchainException failure)
        {
            throw new ToolchainException(failure.Kind, $"Model {outcome.Model} was published, but its weights could not be written: {failure.Message}", failure);
        }
    }

    private static void Report(CommandConsole console, TrainingOutcome outcome)
    {
        using var process = Process.GetCurrentProcess();
        console.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"published {outcome.Model}: test accuracy {outcome.Test.Accuracy:p2}, loss {outcome.Test.Loss:f4} (epoch {outcome.Training.BestEpoch}); {outcome.Training.ImagesPerSecond:n0} images/s, {outcome.Seconds:f1} s; log in {outcome.RunFolder}"));
        console.Result(new JsonObject
        {
            ["model"] = outcome.Model.ToString(),
            ["accuracy"] = outcome.Test.Accuracy,
            ["loss"] = double.IsFinite(outcome.Test.Loss) ? outcome.Test.Loss : null,
            ["images"] = outcome.Test.Images,
            ["images_per_second"] = Math.Round(outcome.Training.ImagesPerSecond, 1),
            ["seconds"] = Math.Round(outcome.Seconds, 3),
            ["peak_rss_bytes"] = process.PeakWorkingSet64,
            ["epochs"] = outcome.Training.Epochs.Count,
            ["best_epoch"] = outcome.Training.BestEpoch,
            ["steps"] = outcome.Training.Epochs[^1].Steps,
            ["precision"] = Execution.ComputeMode.Text(outcome.Mode.Precision),
            ["layout"] = Execution.ComputeMode.Text(outcome.Mode.Layout),
            ["run"] = outcome.RunFolder,
        });
    }
}
