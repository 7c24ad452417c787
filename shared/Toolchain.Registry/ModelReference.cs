using System.Globalization;

namespace Toolchain.Registry;

/// <summary>
/// Which version of which model is meant: <c>name</c> (the highest version), <c>name:3</c> or <c>name@production</c>.
/// </summary>
public sealed record ModelReference
{
    private ModelReference(string name, int? version, string? alias) => (Name, Version, Alias) = (name, version, alias);

    /// <summary>The model's name; follows <see cref="ModelName.Rule"/>.</summary>
    public string Name { get; }

    /// <summary>The version number, from 1; null when the reference is bare or by alias.</summary>
    public int? Version { get; }

    /// <summary>The alias; null when the reference is bare or by number.</summary>
    public string? Alias { get; }

    /// <summary>The reference to one version.</summary>
    /// <exception cref="ToolchainException">The name breaks the rule or the version is below 1 (<see cref="ErrorKind.Usage"/>).</exception>
    public static ModelReference To(string name, int version) => version >= 1
        ? new(ModelName.Checked("Model name", name), version, null)
        : throw new ToolchainException(ErrorKind.Usage, $"Version {version} of model '{name}' cannot exist. Versions are 1, 2, 3 ….");

    /// <summary>Reads <c>name</c>, <c>name:3</c> or <c>name@alias</c>.</summary>
    /// <exception cref="ToolchainException">The text is none of them (<see cref="ErrorKind.Usage"/>).</exception>
    public static ModelReference Parse(string text)
    {
        var separator = text.AsSpan().IndexOfAny(':', '@');
        if (separator < 0)
        {
            return new(ModelName.Checked("Model reference", text), null, null);
        }

        var (name, rest) = (ModelName.Checked("Model name", text[..separator]), text[(separator + 1)..]);
        if (text[separator] == '@')
        {
            return new(name, null, ModelName.Checked("Alias", rest));
        }

        return ParseVersion(rest) is { } version
            ? new(name, version, null)
            : throw new ToolchainException(ErrorKind.Usage, $"Model reference '{text}' has no version number after the colon. Expected name, name:3 or name@alias.");
    }

    /// <inheritdoc/>
    public override string ToString() => this switch
    {
        { Version: { } version } => string.Create(CultureInfo.InvariantCulture, $"{Name}:{version}"),
        { Alias: { } alias } => $"{Name}@{alias}",
        _ => Name,
    };

    /// <summary>A version number as it is written in references and folder names: no sign, no leading zero.</summary>
    internal static int? ParseVersion(string text)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version) && version >= 1 && text[0] != '0' ? version : null;
}
