namespace Toolchain;

/// <summary>
/// Chooses parameters by name as shells choose files: <c>*</c> stands for any text, dots included, and <c>?</c> for one character. A pattern without
/// either that names a layer chooses everything below it: <c>layer1</c> chooses <c>layer1.0.conv1.weight</c>.
/// </summary>
public sealed record NamePattern
{
    private NamePattern(string text) => Text = text;

    /// <summary>The pattern as it was written.</summary>
    public string Text { get; }

    /// <summary>Reads a pattern.</summary>
    /// <exception cref="ToolchainException">It is empty (<see cref="ErrorKind.Usage"/>).</exception>
    public static NamePattern Parse(string text) => text.Trim() is { Length: > 0 } pattern
        ? new(pattern)
        : throw new ToolchainException(ErrorKind.Usage, "A pattern of parameter names is empty. Write one such as 'layer1.*', or a layer's name.");

    /// <summary>Whether the pattern chooses a parameter.</summary>
    public bool Matches(string name) =>
        System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(Text, name, ignoreCase: false)
        || (name.StartsWith(Text, StringComparison.Ordinal) && name.Length > Text.Length && name[Text.Length] == '.');

    /// <summary>The pattern as it was written.</summary>
    public override string ToString() => Text;
}
