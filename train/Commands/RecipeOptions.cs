using System.CommandLine;
using System.Globalization;
using Toolchain.Registry.Cli;
using Toolchain.Train.Loop;
using Toolchain.Train.Optimization;

namespace Toolchain.Train.Commands;

/// <summary>The options that make up a <see cref="TrainingRecipe"/>.</summary>
internal sealed class RecipeOptions
{
    private static readonly TrainingRecipe Standard = new();

    private readonly Option<int> _epochs = Number("--epochs", "Passes over the training split.", Standard.Epochs!.Value, atLeast: 1);
    private readonly Option<int> _batch = Number("--batch", "Images per step.", Standard.BatchSize, atLeast: 1);
    private readonly Option<int?> _steps = new("--steps") { Description = "End after this many steps; without --epochs, the run is as long as they take.", HelpName = "N" };
    private readonly Option<OptimizerKind> _optimizer = Word<OptimizerKind>("--optimizer", "The optimiser.", Standard.Optimizer, RecipeWords.Of);
    private readonly Option<ScheduleKind> _schedule = Word<ScheduleKind>("--schedule", "The learning rate's schedule.", Standard.Schedule, RecipeWords.Of);
    private readonly Option<double?> _lr = new("--lr") { Description = "The learning rate; the highest one with one-cycle (default: 0.002 for adam and adamw, 0.1 for sgd, 0.001 for rmsprop).", HelpName = "RATE" };
    private readonly Option<double> _momentum = Real("--momentum", "SGD's momentum; a one-cycle schedule moves it between 0.85 and 0.95.", Standard.Momentum, 0, below: 1);
    private readonly Option<double> _weightDecay = Real("--weight-decay", "λ: adds λ·w to the gradient.", Standard.WeightDecay, 0);
    private readonly Option<int> _stepSize = Number("--step-size", "Epochs between two decays of --schedule step.", Standard.StepSize, atLeast: 1);
    private readonly Option<double> _gamma = Real("--gamma", "The factor of --schedule step.", Standard.Gamma, 0);
    private readonly Option<int> _crop = Number("--crop", "Shift training images at random by up to this many pixels.", Standard.CropPadding, atLeast: 0);
    private readonly Option<bool> _flip = new("--flip") { Description = "Mirror training images at random." };
    private readonly Option<double> _validation = Real("--validation", "The share of training images kept apart to choose the best epoch.", Standard.ValidationShare, 0, below: 1);

    public RecipeOptions()
    {
        _steps.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1)
            {
                result.AddError("--steps must be at least 1.");
            }
        });
        _lr.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<double?>() is { } rate && !(rate > 0 && double.IsFinite(rate)))
            {
                result.AddError("--lr must be above 0.");
            }
        });
    }

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_epochs, _batch, _steps, _optimizer, _schedule, _lr, _momentum, _weightDecay, _stepSize, _gamma, _crop, _flip, _validation])
        {
            command.Add(option);
        }
    }

    /// <summary>The recipe; options that have no effect together are refused.</summary>
    public TrainingRecipe Read(CommandContext context, long seed)
    {
        var recipe = new TrainingRecipe
        {
            Epochs = context.WasGiven(_steps) && !context.WasGiven(_epochs) ? null : context.Get(_epochs),
            BatchSize = context.Get(_batch),
            MaxSteps = context.Get(_steps),
            Optimizer = context.Get(_optimizer),
            Schedule = context.Get(_schedule),
            LearningRate = context.Get(_lr),
            Momentum = context.Get(_momentum),
            WeightDecay = context.Get(_weightDecay),
            StepSize = context.Get(_stepSize),
            Gamma = context.Get(_gamma),
            CropPadding = context.Get(_crop),
            HorizontalFlip = context.Get(_flip),
            ValidationShare = context.Get(_validation),
            Seed = seed,
        };
        var idle = new List<string>();
        if (recipe.Schedule != ScheduleKind.Step)
        {
            idle.AddRange(new Option[] { _stepSize, _gamma }.Where(context.WasGiven).Select(static o => $"{o.Name} belongs to --schedule step"));
        }

        if (context.WasGiven(_momentum) && (recipe.Optimizer != OptimizerKind.Sgd || recipe.Schedule == ScheduleKind.OneCycle))
        {
            idle.Add("--momentum belongs to --optimizer sgd with a schedule other than one-cycle");
        }

        return idle.Count == 0 ? recipe : throw new ToolchainException(ErrorKind.Usage, $"{string.Join("; ", idle)}. Leave out what has no effect.");
    }

    private static Option<int> Number(string name, string help, int standard, int atLeast)
    {
        var option = new Option<int>(name) { Description = help, HelpName = "N", DefaultValueFactory = _ => standard };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < atLeast)
            {
                result.AddError($"{name} must be at least {atLeast}.");
            }
        });
        return option;
    }

    private static Option<double> Real(string name, string help, double standard, double atLeast, double below = double.PositiveInfinity)
    {
        var option = new Option<double>(name) { Description = help, HelpName = "X", DefaultValueFactory = _ => standard };
        option.Validators.Add(result =>
        {
            if (!(result.GetValueOrDefault<double>() is var value && value >= atLeast && value < below))
            {
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} must be at least {atLeast}{(double.IsFinite(below) ? $" and below {below}" : "")}."));
            }
        });
        return option;
    }

    private static Option<T> Word<T>(string name, string help, T standard, Func<T, string> text) where T : struct, Enum
    {
        var option = new Option<T>(name) { Description = help, HelpName = string.Join('|', Enum.GetValues<T>().Select(text)), DefaultValueFactory = _ => standard };
        option.CustomParser = result => Parsing.OneToken(result, word => RecipeWords.Parse(name, word, text));
        return option;
    }
}
