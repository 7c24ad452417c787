using System.CommandLine;
using Toolchain.Registry.Cli;
using Toolchain.Train.Recipes;

namespace Toolchain.Train.Commands;

/// <summary>The options that make up a <see cref="TrainingRecipe"/>: one for each of <see cref="RecipeSettings.All"/>, or for some of them.</summary>
/// <param name="with">Which settings have an option; all when null.</param>
internal sealed class RecipeOptions(Func<RecipeSetting, bool>? with = null)
{
    private readonly (RecipeSetting Setting, Option<string[]> Option)[] _options = [.. RecipeSettings.All.Where(s => with?.Invoke(s) ?? true).Select(static s => (s, Create(s)))];

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var (_, option) in _options)
        {
            command.Add(option);
        }
    }

    /// <summary>The recipe: the standard one, then a file's settings, then the options'.</summary>
    /// <param name="context">The command line.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="file">A recipe file; null for none.</param>
    /// <param name="standard">What is not given; the standard recipe when null.</param>
    /// <exception cref="ToolchainException">Settings have no effect together, or contradict each other (<see cref="ErrorKind.Usage"/>).</exception>
    public TrainingRecipe Read(CommandContext context, long seed, RecipeFile? file = null, TrainingRecipe? standard = null)
    {
        var options = _options.Where(o => context.WasGiven(o.Option)).Select(o => new GivenSetting(o.Setting, context.Get(o.Option), o.Setting.Option));
        return RecipeRules.Compose((standard ?? new()) with { Seed = seed }, [.. file?.Given ?? [], .. options]);
    }

    /// <summary>Whether a setting was written, on the command line or in a recipe file, rather than defaulted.</summary>
    public bool WasGiven(CommandContext context, string key, RecipeFile? file = null) =>
        _options.Any(o => o.Setting.Key == key && context.WasGiven(o.Option)) || file?.Settings.Any(s => s.Setting.Key == key) == true;

    private static Option<string[]> Create(RecipeSetting setting)
    {
        var option = new Option<string[]>(setting.Option)
        {
            Description = setting.Standard is { } standard && setting.Help.Contains("(default", StringComparison.Ordinal) is false ? $"{setting.Help} (default: {standard})" : setting.Help,
            HelpName = setting.HelpName,
            CustomParser = static result => [.. result.Tokens.Select(static t => t.Value)],
            Arity = (setting.WhenBare, setting.IsList) switch
            {
                (not null, _) => ArgumentArity.ZeroOrOne,
                (null, true) => ArgumentArity.OneOrMore,
                (null, false) => ArgumentArity.ExactlyOne,
            },
        };
        option.Validators.Add(result =>
        {
            try
            {
                setting.Apply(new(), [.. result.Tokens.Select(static t => t.Value)], setting.Option);
            }
            catch (ToolchainException mistake)
            {
                result.AddError(mistake.Message);
            }
        });
        return option;
    }
}
