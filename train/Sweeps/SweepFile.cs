using System.Globalization;
using Toolchain.Train.Recipes;
using YamlDotNet.RepresentationModel;

namespace Toolchain.Train.Sweeps;

/// <summary>
/// A sweep in YAML: a recipe as <see cref="RecipeFile"/> reads it, optionally on the base of another (<c>recipe</c>), and <c>search</c>: its <c>method</c>,
/// <c>trials</c>, <c>first_epochs</c>, <c>keep</c>, and <c>over</c>, the values that it varies.
/// </summary>
/// <param name="Recipe">What all trials have in common.</param>
/// <param name="Plan">What they differ in.</param>
/// <param name="Text">The file's text.</param>
internal sealed record SweepFile(RecipeFile Recipe, SweepPlan Plan, string Text)
{
    private static readonly string[] SearchKeys = ["method", "trials", "first_epochs", "keep", "over"];
    private static readonly string[] RangeKeys = ["from", "to", "scale", "steps"];

    /// <summary>Reads a file.</summary>
    /// <exception cref="ToolchainException">It is not there (<see cref="ErrorKind.NotFound"/>), or no sweep (<see cref="ErrorKind.BadInput"/> or <see cref="ErrorKind.Usage"/>).</exception>
    public static SweepFile Open(string path)
    {
        if (!File.Exists(path))
        {
            throw new ToolchainException(ErrorKind.NotFound, $"There is no sweep file '{path}'.");
        }

        try
        {
            return Parse(File.ReadAllText(path), $"sweep '{path}'");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"Cannot read sweep '{path}': {failure.Message}", failure);
        }
    }

    /// <summary>Reads a file's text.</summary>
    internal static SweepFile Parse(string text, string source)
    {
        var root = RecipeFile.Load(new StringReader(text), source);
        var (own, search, reference) = (new YamlMappingNode(), (YamlMappingNode?)null, (string?)null);
        foreach (var (key, value) in root.Children)
        {
            switch (RecipeFile.Scalar(key, source, "a key"))
            {
                case "search":
                    search = Mapping(value, source, "search");
                    break;
                case "recipe":
                    reference = RecipeFile.Scalar(value, source, "recipe");
                    break;
                default:
                    own.Add(key, value);
                    break;
            }
        }

        var recipe = RecipeFile.Of(own, source);
        return new(
            reference is null ? recipe : RecipeFile.Open(reference).With(recipe),
            PlanOf(search ?? throw RecipeFile.Fail(source, "there is no 'search' with what to vary"), source),
            text);
    }

    private static SweepPlan PlanOf(YamlMappingNode search, string source)
    {
        var keys = Known(search, SearchKeys, source, "search");
        var method = keys.TryGetValue("method", out var word) ? Word<SweepMethod>(word, SweepMethods.Text, source, "method") : SweepMethod.Grid;
        var over = keys.TryGetValue("over", out var varied) ? Mapping(varied, source, "over") : throw RecipeFile.Fail(source, "'search' has no 'over' with the values to vary");
        var plan = new SweepPlan(
            method,
            [.. over.Children.Select(p => Parameter(RecipeFile.Scalar(p.Key, source, "over"), p.Value, source))],
            keys.TryGetValue("trials", out var trials) ? Number(trials, source, "trials", 1) : null,
            keys.TryGetValue("first_epochs", out var first) ? Number(first, source, "first_epochs", 1) : 1,
            keys.TryGetValue("keep", out var keep) ? Number(keep, source, "keep", 2) : 3);
        (bool Wrong, string Problem)[] rules =
        [
            (plan.Parameters.Count == 0, "'over' names nothing to vary"),
            (method == SweepMethod.Random && plan.Trials is null, "method random needs 'trials'"),
            (method == SweepMethod.Grid && plan.Trials is not null, "method grid tries every combination and takes no 'trials'; method random does"),
            (method != SweepMethod.Halving && (keys.ContainsKey("first_epochs") || keys.ContainsKey("keep")), "'first_epochs' and 'keep' belong to method halving"),
        ];
        string[] problems = [.. rules.Where(static r => r.Wrong).Select(static r => r.Problem)];
        return problems.Length == 0 ? plan : throw new ToolchainException(ErrorKind.Usage, $"{source}: {string.Join("; ", problems)}.");
    }

    private static SweepParameter Parameter(string key, YamlNode value, string source)
    {
        var known = key is SweepParameter.Network or SweepParameter.ImageSize or SweepParameter.Seed || SweepParameter.ArgumentOf(key) is not null ? key : RecipeSettings.Get(key, source).Key;
        if (value is not YamlMappingNode map)
        {
            return new SweepChoice(known, [.. RecipeFile.Texts(value, source, key).Distinct()]);
        }

        var keys = Known(map, RangeKeys, source, key);
        var range = new SweepRange(
            known,
            Bound(keys, "from", source, key),
            Bound(keys, "to", source, key),
            keys.TryGetValue("scale", out var scale) ? Word<SweepScale>(scale, static s => $"{s}".ToLowerInvariant(), source, $"{key}: scale") : SweepScale.Linear,
            keys.TryGetValue("steps", out var steps) ? Number(steps, source, $"{key}: steps", 1) : null);
        (bool Wrong, string Problem)[] rules =
        [
            (!(range.From < range.To), "'from' must be below 'to'"),
            (range.Division == SweepScale.Log && range.From <= 0, "a log scale needs a 'from' above 0"),
            (range.Division == SweepScale.Whole && !(double.IsInteger(range.From) && double.IsInteger(range.To) && range.To - range.From < int.MaxValue), "a scale of whole numbers needs whole ends"),
        ];
        string[] problems = [.. rules.Where(static r => r.Wrong).Select(static r => r.Problem)];
        return problems.Length == 0 ? range : throw new ToolchainException(ErrorKind.Usage, $"{source}: {key}: {string.Join("; ", problems)}.");
    }

    private static Dictionary<string, YamlNode> Known(YamlMappingNode map, string[] known, string source, string where)
    {
        var keys = map.Children.ToDictionary(p => RecipeFile.Scalar(p.Key, source, where), static p => p.Value, StringComparer.Ordinal);
        return keys.Keys.FirstOrDefault(key => !known.Contains(key)) is { } stranger
            ? throw new ToolchainException(ErrorKind.Usage, $"{source}: '{stranger}' is not a key of '{where}'.{Nearest.Hint(stranger, known)} It takes: {string.Join(", ", known)}.")
            : keys;
    }

    private static YamlMappingNode Mapping(YamlNode value, string source, string key) => value as YamlMappingNode
        ?? throw RecipeFile.Fail(source, $"'{key}' must hold 'key: value' lines, found a {value.NodeType.ToString().ToLowerInvariant()} at line {value.Start.Line}");

    private static int Number(YamlNode value, string source, string key, int atLeast) =>
        int.TryParse(RecipeFile.Scalar(value, source, key), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= atLeast
            ? number
            : throw new ToolchainException(ErrorKind.Usage, $"{source}: {key} is '{value}'; it takes a whole number from {atLeast}.");

    private static double Bound(Dictionary<string, YamlNode> keys, string name, string source, string key) =>
        keys.TryGetValue(name, out var value) && double.TryParse(RecipeFile.Scalar(value, source, key), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number
            : throw new ToolchainException(ErrorKind.Usage, $"{source}: {key}: '{name}' must be a number, found {(value is null ? "nothing" : $"'{value}'")}.");

    private static T Word<T>(YamlNode value, Func<T, string> text, string source, string key) where T : struct, Enum
    {
        var word = RecipeFile.Scalar(value, source, key);
        var all = Enum.GetValues<T>();
        return Array.FindIndex(all, v => text(v) == word) is >= 0 and var index
            ? all[index]
            : throw new ToolchainException(ErrorKind.Usage, $"{source}: {key} is '{word}'.{Nearest.Hint(word, all.Select(text))} It takes {string.Join(", ", all.Select(text))}.");
    }
}
