using System.Text.RegularExpressions;

namespace Toolchain.Registry;

/// <summary>The one rule for the names of models and aliases. No name that follows it can lead out of the registry's folder or hide in it.</summary>
public static partial class ModelName
{
    /// <summary>The rule as a regular expression, for messages and help.</summary>
    public const string Rule = "[a-z0-9][a-z0-9._-]{0,63}";

    /// <summary>Whether the text follows the rule.</summary>
    public static bool IsValid(string text) => Pattern().IsMatch(text);

    /// <summary>The text itself when it follows the rule.</summary>
    /// <param name="what">What the text names, for the message: <c>Model name</c> or <c>Alias</c>.</param>
    /// <param name="text">The name.</param>
    /// <exception cref="ToolchainException">It does not follow the rule (<see cref="ErrorKind.Usage"/>).</exception>
    public static string Checked(string what, string text) => IsValid(text)
        ? text
        : throw new ToolchainException(ErrorKind.Usage, $"{what} '{text}' is not allowed. Names start with a lower-case letter or a digit, and go on with those, '.', '_' or '-': {Rule}.");

    [GeneratedRegex(@"\A" + Rule + @"\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
