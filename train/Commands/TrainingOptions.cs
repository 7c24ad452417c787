using System.CommandLine;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Train.Loop;
using Toolchain.Train.Recipes;
using Toolchain.Train.Sources;
using Toolchain.Train.Sweeps;

namespace Toolchain.Train.Commands;

/// <summary>The options of every command that trains: what, on which data, how, and where runs and models go.</summary>
/// <param name="runsHelp">What the command puts under <c>--runs</c>.</param>
/// <param name="withNetwork">Whether the network is an argument; otherwise it is the recipe file's, or <c>--from</c>'s.</param>
internal sealed class TrainingOptions(string runsHelp, bool withNetwork = true)
{
    private const double LongestInterval = 1440;

    private readonly SourceOptions _source = new(withNetwork);
    private readonly Option<string?> _data = new("--data") { Description = $"The data set: {DataOption.Known}.", HelpName = "DATA" };
    private readonly DataReadingOptions _reading = new();
    private readonly DivisionOptions _division = new();
    private readonly Option<string?> _name = new("--name") { Description = "The model's name in the registry (default: the network's).", HelpName = "NAME" };
    private readonly RecipeOptions _recipe = new();
    private readonly ComputeOptions _compute = new();
    private readonly Option<int> _workers = new("--workers") { Description = "Threads that prepare batches.", HelpName = "N", DefaultValueFactory = static _ => 1 };
    private readonly SeedOption _seed = new();
    private readonly ModelsOption _models = new();
    private readonly Option<string> _runs = new("--runs") { Description = runsHelp, HelpName = "DIR", DefaultValueFactory = static _ => "runs" };
    private readonly Option<double> _checkpointEvery = new("--checkpoint-every")
    {
        Description = "Save the training state, to go on from, after this many minutes at the latest, and after every epoch.",
        HelpName = "MIN",
        DefaultValueFactory = static _ => 5,
    };

    private readonly WatchOptions _watch = new();

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        _source.AddTo(command);
        command.Add(_data);
        _reading.AddTo(command);
        _division.AddTo(command);
        command.Add(_name);
        _recipe.AddTo(command);
        _compute.AddTo(command);
        foreach (var option in (Option[])[_workers, _seed, _models, _runs, _checkpointEvery])
        {
            command.Add(option);
        }

        _watch.AddTo(command);
        AtLeastOne(_workers);
        _checkpointEvery.Validators.Add(static result =>
        {
            if (!(result.GetValueOrDefault<double>() is > 0 and <= LongestInterval))
            {
                result.AddError($"--checkpoint-every takes minutes above 0 and up to {LongestInterval}.");
            }
        });
    }

    /// <summary>The registry.</summary>
    public ModelRegistry Registry(CommandContext context) => context.Registry(_models);

    /// <summary>The seed.</summary>
    public long Seed(CommandContext context) => context.Get(_seed);

    /// <summary>The network, file or model.</summary>
    /// <param name="context">The command line.</param>
    /// <param name="registry">Where models are.</param>
    /// <param name="file">A recipe that may name the network; null for none.</param>
    /// <exception cref="ToolchainException">None or two were named, or what was named is not there.</exception>
    public NetworkSource Source(CommandContext context, ModelRegistry registry, RecipeFile? file) => _source.Resolve(context, registry, file);

    /// <summary>What was asked for: the file's settings, and the options' over them.</summary>
    /// <param name="context">The command line.</param>
    /// <param name="source">The network.</param>
    /// <param name="file">A recipe; null for none.</param>
    /// <param name="cancellation">Stops the reading of the data.</param>
    /// <exception cref="ToolchainException">Something is missing, or contradicts something else (<see cref="ErrorKind.Usage"/>).</exception>
    public TrainingRequest Read(CommandContext context, NetworkSource source, RecipeFile? file, CancellationToken cancellation) => new()
    {
        Recipe = _recipe.Read(context, context.Get(_seed), file),
        Source = source,
        Edits = _source.Edits(context),
        NewHead = _source.Classes(context),
        Data = context.Get(_data) ?? file?.Data ?? throw new ToolchainException(ErrorKind.Usage, $"No data set was named. Give --data with one of: {DataOption.Known}."),
        Reading = _reading.Read(context, cancellation),
        Division = _division.Read(context, _recipe.WasGiven(context, "validation", file)),
        ModelName = BareName(context.Get(_name) ?? file?.Name ?? source.Name),
        Device = context.Get(_compute.Device),
        Threads = context.Get(_compute.Threads),
        Workers = context.Get(_workers),
        Precision = _compute.ReadPrecision(context),
        Layout = _compute.ReadLayout(context),
        CheckpointEvery = TimeSpan.FromMinutes(context.Get(_checkpointEvery)),
        RunsFolder = context.Get(_runs),
        Observation = _watch.Read(context),
    };

    /// <summary>The option that fixes what a sweep varies; null where none was written.</summary>
    /// <param name="context">The command line.</param>
    /// <param name="key">The key of a <see cref="SweepParameter"/>.</param>
    public string? Fixing(CommandContext context, string key) => key switch
    {
        SweepParameter.Seed => null,
        SweepParameter.Network => _source.GivesModel(context) ? "--from" : null,
        SweepParameter.ImageSize => _reading.GivesSize(context) ? "--image-size" : null,
        _ when SweepParameter.ArgumentOf(key) is { } argument => _source.Gives(context, argument) ? $"--set {argument}" : null,
        _ => _recipe.WasGiven(context, key) ? RecipeSettings.Get(key, "sweep").Option : null,
    };

    /// <summary>Refuses numbers below 1.</summary>
    public static void AtLeastOne(Option<int> option) => option.Validators.Add(result =>
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
