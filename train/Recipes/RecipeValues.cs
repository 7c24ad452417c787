using System.Globalization;
using System.Text.Json.Nodes;

namespace Toolchain.Train.Recipes;

/// <summary>How the value of a setting is written.</summary>
/// <param name="HelpName">What help shows in its place: <c>N</c>.</param>
/// <param name="Domain">The values it takes, for people: <c>a whole number from 1</c>.</param>
/// <param name="Parse">Reads the text; null where it is something else.</param>
/// <param name="Write">The value for manifests and recipe files; null where there is none.</param>
internal sealed record RecipeValue<T>(string HelpName, string Domain, Func<string, Parsed<T>?> Parse, Func<T, JsonNode?> Write)
{
    /// <summary>What the option means when nothing stands behind it; null where something must.</summary>
    public string? WhenBare { get; init; }

    /// <summary>Whether it may be given several times, or with commas.</summary>
    public bool IsList { get; init; }
}

/// <summary>A value that was read.</summary>
internal sealed record Parsed<T>(T Value);

/// <summary>The kinds of value that settings have.</summary>
internal static class RecipeValues
{
    /// <summary>true or false; an option without a value means true.</summary>
    public static RecipeValue<bool> Flag { get; } = new("true|false", "true or false", static text => text switch
    {
        "true" => new(true),
        "false" => new(false),
        _ => null,
    }, static value => JsonValue.Create(value)) { WhenBare = "true" };

    /// <summary>Patterns of names, as they were written.</summary>
    public static RecipeValue<EquatableArray<string>> Texts(string helpName, string domain) => List(new RecipeValue<string>(
        helpName, domain, static text => text.Length == 0 ? null : new(text), static text => JsonValue.Create(text)));

    /// <summary>A whole number.</summary>
    public static RecipeValue<int> Count(int atLeast) => new("N", $"a whole number from {atLeast}", text =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= atLeast ? new(number) : null,
        static number => JsonValue.Create(number));

    /// <summary>A large whole number.</summary>
    public static RecipeValue<long> LongCount(long atLeast) => new("N", $"a whole number from {atLeast}", text =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= atLeast ? new(number) : null,
        static number => JsonValue.Create(number));

    /// <summary>A finite number.</summary>
    /// <param name="above">It must be above this, or, with <paramref name="inclusive"/>, may be equal to it.</param>
    /// <param name="below">It must be below this.</param>
    /// <param name="inclusive">Whether the lower bound itself is taken.</param>
    public static RecipeValue<double> Real(double above, double below = double.PositiveInfinity, bool inclusive = true) => new(
        "X",
        string.Create(CultureInfo.InvariantCulture, $"a number {(inclusive ? "from" : "above")} {above}{(double.IsFinite(below) ? $" and below {below}" : "")}"),
        text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            && (inclusive ? number >= above : number > above) && number < below ? new(number) : null,
        static number => JsonValue.Create(number));

    /// <summary>A share or a probability: 0 to 1, both included.</summary>
    public static RecipeValue<double> Share => new("P", "a number from 0 to 1", static text =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number is >= 0 and <= 1 ? new(number) : null,
        static number => JsonValue.Create(number));

    /// <summary>One of a few words.</summary>
    public static RecipeValue<T> Word<T>(Func<T, string> word) where T : struct, Enum
    {
        var words = Enum.GetValues<T>().ToDictionary(word, StringComparer.Ordinal);
        return new(string.Join('|', words.Keys), string.Join(", ", words.Keys), text => words.TryGetValue(text, out var value) ? new(value) : null, value => JsonValue.Create(word(value)));
    }

    /// <summary>A pattern of parameter names and a number: <c>layer1.*=0.001</c>.</summary>
    public static RecipeValue<EquatableArray<PatternValue>> PatternValues(string helpName, string domain, Func<double, bool> accepts, bool allowBare = false) => List(new RecipeValue<PatternValue>(
        helpName,
        domain,
        text =>
        {
            var at = text.LastIndexOf('=');
            var pattern = at < 0 && allowBare ? "*" : at > 0 ? text[..at] : null;
            return pattern is not null && double.TryParse(text.AsSpan(at + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && accepts(number)
                ? new(new(NamePattern.Parse(pattern), number))
                : null;
        },
        static value => JsonValue.Create(value.ToString())));

    /// <summary>Some of a kind, separated by commas or given one by one.</summary>
    public static RecipeValue<EquatableArray<T>> List<T>(RecipeValue<T> item) => new(
        item.HelpName,
        item.Domain,
        text =>
        {
            var parts = text.Split(',', StringSplitOptions.TrimEntries).Select(item.Parse).ToArray();
            return parts.All(static p => p is not null) ? new(parts.Select(static p => p!.Value).ToEquatableArray()) : null;
        },
        values => values.IsEmpty ? null : new JsonArray([.. values.Select(item.Write)])) { IsList = true };

    /// <summary>A value that need not be there.</summary>
    public static RecipeValue<T?> Optional<T>(RecipeValue<T> value, string? absent = null) where T : struct => new(
        absent is null ? value.HelpName : $"{value.HelpName}|{absent}",
        absent is null ? value.Domain : $"{value.Domain}, or {absent}",
        text => text == absent ? new(null) : value.Parse(text) is { } parsed ? new(parsed.Value) : null,
        number => number is { } some ? value.Write(some) : absent is null ? null : JsonValue.Create(absent));

    /// <summary>A value that is also switched: <c>true</c> is what a bare option means, <c>false</c> what stands for none. Recipes and manifests from when there was nothing else have these.</summary>
    public static RecipeValue<T?> Switched<T>(RecipeValue<T> value, string absent, string whenBare) where T : struct
    {
        var words = Optional(value, absent);
        return words with { WhenBare = whenBare, Parse = text => words.Parse(text switch { "true" => whenBare, "false" => absent, _ => text }) };
    }
}
