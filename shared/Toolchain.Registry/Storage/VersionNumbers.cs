namespace Toolchain.Registry;

/// <summary>Finds the number that a reference means, and says what there is when it means nothing.</summary>
internal static class VersionNumbers
{
    /// <exception cref="ToolchainException">There is no such model, version or alias (<see cref="ErrorKind.NotFound"/>).</exception>
    public static int Find(string root, ModelReference reference)
    {
        var versions = Layout.Versions(root, reference.Name);
        if (versions.Count == 0)
        {
            throw NoModel(root, reference);
        }

        if (reference.Alias is { } alias)
        {
            var aliases = AliasFile.Read(Layout.ModelFolder(root, reference.Name));
            return !aliases.TryGetValue(alias, out var target)
                ? throw NotFound(root, reference, $"Model '{reference.Name}' has no alias '{alias}'.{Nearest.Hint(alias, aliases.Keys)}{AliasesInWords(aliases)}")
                : versions.Contains(target)
                    ? target
                    : throw new ToolchainException(ErrorKind.BadInput, $"Alias '{reference}' in registry '{root}' points to version {target}, which is not there. {VersionsInWords(versions)} Set the alias again.");
        }

        return reference.Version is not { } version ? versions[^1]
            : versions.Contains(version) ? version
            : throw NotFound(root, reference, VersionsInWords(versions));
    }

    /// <summary>The aliases as a sentence, with a space before it.</summary>
    public static string AliasesInWords(SortedDictionary<string, int> aliases) => aliases.Count == 0
        ? " It has none."
        : $" It has: {string.Join(", ", aliases.Select(alias => $"{alias.Key} ({alias.Value})"))}.";

    private static string VersionsInWords(IReadOnlyList<int> versions) => versions.Count == 1
        ? $"Its only version is {versions[0]}."
        : $"Its versions are {string.Join(", ", versions)}.";

    private static ToolchainException NoModel(string root, ModelReference reference)
    {
        var names = Layout.Names(root).Where(name => Layout.Versions(root, name).Count > 0).ToList();
        return NotFound(root, reference, names.Count == 0
            ? "The registry has no models yet. Train or import one, or name another registry with --models."
            : $"There is no model of that name.{Nearest.Hint(reference.Name, names)} It has: {string.Join(", ", names)}.");
    }

    private static ToolchainException NotFound(string root, ModelReference reference, string why)
        => new(ErrorKind.NotFound, $"Cannot find model '{reference}' in registry '{root}'. {why}");
}
