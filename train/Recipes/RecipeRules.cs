using Toolchain.Train.Optimization;

namespace Toolchain.Train.Recipes;

/// <summary>A setting that somebody asked for.</summary>
/// <param name="Setting">Which.</param>
/// <param name="Texts">Its value as it was written.</param>
/// <param name="Source">How messages name it: an option, or a key of a file.</param>
internal sealed record GivenSetting(RecipeSetting Setting, IReadOnlyList<string> Texts, string Source);

/// <summary>How settings make up a recipe, and which exclude each other: found before any data is read.</summary>
internal static class RecipeRules
{
    /// <summary>A recipe with settings over its own, the later over the earlier.</summary>
    /// <param name="standard">What is not given.</param>
    /// <param name="given">The settings that somebody asked for.</param>
    /// <exception cref="ToolchainException">Settings have no effect together, or contradict each other (<see cref="ErrorKind.Usage"/>).</exception>
    public static TrainingRecipe Compose(TrainingRecipe standard, IReadOnlyCollection<GivenSetting> given)
    {
        var recipe = given.Aggregate(standard, static (r, s) => s.Setting.Apply(r, s.Texts, s.Source));

        // How long a run is follows from what was asked for: steps alone, or the epochs of the sizes, replace the standard epochs.
        var epochsGiven = given.Any(static s => s.Setting.Key == "epochs");
        if (!recipe.Sizes.IsEmpty && epochsGiven && recipe.Epochs != recipe.Sizes.Sum(static p => p.Epochs))
        {
            throw new ToolchainException(ErrorKind.Usage, $"--sizes gives {recipe.Sizes.Sum(static p => p.Epochs)} epochs, and --epochs {recipe.Epochs}. Leave out --epochs.");
        }

        recipe = recipe with
        {
            Epochs = !recipe.Sizes.IsEmpty ? recipe.Sizes.Sum(static p => p.Epochs) : recipe.MaxSteps is not null && !epochsGiven ? null : recipe.Epochs,
        };
        Check(recipe, [.. given.Select(static s => s.Setting)]);
        return recipe;
    }

    /// <summary>Checks a recipe as a whole.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="given">The settings that somebody asked for.</param>
    /// <exception cref="ToolchainException">Some have no effect, or contradict each other; the message lists all (<see cref="ErrorKind.Usage"/>).</exception>
    public static void Check(TrainingRecipe recipe, IReadOnlyCollection<RecipeSetting> given)
    {
        string[] idle = [.. given.Where(s => s.Belongs is { } belongs && !belongs.Holds(recipe)).Select(static s => $"{s.Option} belongs to {s.Belongs!.Value.Where}")];
        string[] problems = [.. Contradictions(recipe)];
        if (idle.Length + problems.Length > 0)
        {
            throw new ToolchainException(
                ErrorKind.Usage, $"{string.Join("; ", (string[])[.. idle, .. problems])}.{(idle.Length > 0 ? " Leave out what has no effect." : "")}");
        }
    }

    private static IEnumerable<string> Contradictions(TrainingRecipe recipe)
    {
        var noValidation = recipe.ValidationShare == 0;
        (bool Wrong, string Problem)[] rules =
        [
            (recipe.ClipNorm is not null && recipe.ClipValue is not null, "--clip-norm and --clip-value exclude each other"),
            (recipe.Ema is not null && recipe.Swa is not null, "--ema and --swa exclude each other: a model has one average"),
            (recipe.Swa is { } first && recipe.Epochs is { } epochs && first > epochs, $"--swa begins at epoch {recipe.Swa}, but the run ends with epoch {recipe.Epochs}"),
            (recipe.Swa is not null && recipe.EarlyStop is not null, "--swa and --early-stop exclude each other: the average needs its last epochs"),
            (!recipe.Freeze.IsEmpty && !recipe.FreezeExcept.IsEmpty, "--freeze and --freeze-except exclude each other"),
            (noValidation && recipe.EarlyStop is not null, "--early-stop needs a validation split: take --validation above 0"),
            (noValidation && recipe.Schedule == ScheduleKind.Plateau, "--schedule plateau needs a validation split: take --validation above 0"),
            (recipe.Schedule == ScheduleKind.MultiStep && recipe.Milestones.IsEmpty, "--schedule multi-step needs --milestones"),
            (recipe.Schedule == ScheduleKind.OneCycle && recipe.WarmUp > 0, "--warm-up and --schedule one-cycle exclude each other: one-cycle warms up by itself"),
            (recipe.Schedule == ScheduleKind.OneCycle && recipe.LastEpoch >= 0, "--last-epoch and --schedule one-cycle exclude each other: a cycle is as long as its run"),
            (recipe.Schedule == ScheduleKind.Plateau && recipe.LastEpoch >= 0, "--last-epoch and --schedule plateau exclude each other: the rate follows this run's own validation losses"),
            (recipe is { Nesterov: true, Optimizer: OptimizerKind.Sgd, StandardMomentum: 0 }, "--nesterov needs a --momentum above 0"),
            (recipe.Jitter.Count > 4, "--jitter takes up to four numbers: brightness, contrast, saturation, hue"),
            (recipe.Jitter.Count == 4 && recipe.Jitter[3] > 0.5, "--jitter's hue is at most 0.5, half a turn of the colour circle"),
            (recipe.Mixes && recipe.Loss is { } loss && loss is "mse" or "l1" or "smooth-l1", $"--mixup and --cutmix are for classes, not for --loss {recipe.Loss}"),
            (!recipe.Sizes.IsEmpty && recipe.MaxSteps is not null && recipe.Epochs is not null, "--sizes gives the epochs; --steps may cut them short, but not together with --epochs"),
        ];
        return rules.Where(static r => r.Wrong).Select(static r => r.Problem);
    }
}
