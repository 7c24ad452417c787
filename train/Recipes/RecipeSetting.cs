using System.Text.Json.Nodes;

namespace Toolchain.Train.Recipes;

/// <summary>
/// One setting of a recipe: its name in options (<c>--label-smoothing</c>), manifests and recipe files (<c>label_smoothing</c>), what it means, and how it
/// is read and written.
/// </summary>
/// <param name="name">The option's name without dashes.</param>
/// <param name="help">One sentence.</param>
internal abstract class RecipeSetting(string name, string help)
{
    /// <summary>The option: <c>--label-smoothing</c>.</summary>
    public string Option { get; } = $"--{name}";

    /// <summary>The key in manifests and recipe files: <c>label_smoothing</c>.</summary>
    public string Key { get; } = name.Replace('-', '_');

    /// <summary>What it means, in one sentence.</summary>
    public string Help { get; } = help;

    /// <summary>What help shows in the value's place.</summary>
    public abstract string HelpName { get; }

    /// <summary>The standard recipe's value, for people; null where it has none.</summary>
    public abstract string? Standard { get; }

    /// <summary>What an option without a value means; null where it needs one.</summary>
    public abstract string? WhenBare { get; }

    /// <summary>Whether it may be given several times.</summary>
    public abstract bool IsList { get; }

    /// <summary>With which recipes it has an effect, and how to ask for those; null where it always has one.</summary>
    public (Func<TrainingRecipe, bool> Holds, string Where)? Belongs { get; init; }

    /// <summary>The recipe with this setting.</summary>
    /// <param name="recipe">The recipe so far.</param>
    /// <param name="texts">The value as it was written; of a list, one text an entry.</param>
    /// <param name="source">How the message names the setting: an option, or a key of a file.</param>
    /// <exception cref="ToolchainException">The text is not such a value (<see cref="ErrorKind.Usage"/>).</exception>
    public abstract TrainingRecipe Apply(TrainingRecipe recipe, IReadOnlyList<string> texts, string source);

    /// <summary>The value that a recipe has; null where it has none or it has no effect.</summary>
    public abstract JsonNode? Read(TrainingRecipe recipe);
}

/// <inheritdoc/>
internal sealed class RecipeSetting<T>(
    string name, string help, RecipeValue<T> value, Func<TrainingRecipe, T> get, Func<TrainingRecipe, T, TrainingRecipe> set) : RecipeSetting(name, help)
{
    private static readonly TrainingRecipe StandardRecipe = new();

    /// <inheritdoc/>
    public override string HelpName => value.HelpName;

    /// <inheritdoc/>
    public override string? Standard => value.Write(get(StandardRecipe))?.ToString();

    /// <inheritdoc/>
    public override string? WhenBare => value.WhenBare;

    /// <inheritdoc/>
    public override bool IsList => value.IsList;

    /// <inheritdoc/>
    public override TrainingRecipe Apply(TrainingRecipe recipe, IReadOnlyList<string> texts, string source)
    {
        var text = texts.Count == 0 && value.WhenBare is { } bare ? bare : string.Join(',', texts);
        return value.Parse(text) is { } parsed
            ? set(recipe, parsed.Value)
            : throw new ToolchainException(ErrorKind.Usage, $"{source} is '{text}'; it takes {value.Domain}.");
    }

    /// <inheritdoc/>
    public override JsonNode? Read(TrainingRecipe recipe) => Belongs is { } belongs && !belongs.Holds(recipe) ? null : value.Write(get(recipe));
}
