using System.Text.Json;

namespace Toolchain.Registry;

/// <summary>A model's aliases: <c>{"candidate": 4, "production": 3}</c>.</summary>
internal static class AliasFile
{
    /// <summary>The aliases in ordinal order; empty when the model has none.</summary>
    /// <exception cref="ToolchainException">The file is damaged (<see cref="ErrorKind.BadInput"/>).</exception>
    public static SortedDictionary<string, int> Read(string modelFolder)
    {
        var path = Path.Combine(modelFolder, Layout.Aliases);
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            return new(
                new JsonFields(json.RootElement).All(static (aliases, alias) =>
                    ModelName.IsValid(alias) && aliases.Int32(alias) is >= 1 and var version ? version : throw aliases.Refused(alias, "an alias and a version from 1")),
                StringComparer.Ordinal);
        }
        catch (Exception none) when (none is FileNotFoundException or DirectoryNotFoundException)
        {
            return new(StringComparer.Ordinal);
        }
        catch (JsonException damage)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"Cannot read aliases '{path}': {damage.Message.TrimEnd('.')}. Restore the file, or delete it and set the aliases again.", damage);
        }
    }

    /// <summary>Replaces the aliases. The caller holds the model's lock.</summary>
    public static void Write(string modelFolder, SortedDictionary<string, int> aliases)
        => Durable.Replace(Path.Combine(modelFolder, Layout.Aliases), [.. JsonSerializer.SerializeToUtf8Bytes(aliases, ManifestContext.Default.SortedDictionaryStringInt32), (byte)'\n']);
}
