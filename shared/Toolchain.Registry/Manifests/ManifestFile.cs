using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Toolchain.Registry;

/// <summary>Manifests as JSON: snake_case, indented, in declaration order.</summary>
public static class ManifestFile
{
    // The relaxed encoder keeps labels in other scripts readable; the files are never embedded in HTML.
    private static readonly ManifestContext Context = new(new JsonSerializerOptions(ManifestContext.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>The manifest as UTF-8 JSON text that ends in a newline.</summary>
    public static byte[] Write(ModelManifest manifest) => [.. JsonSerializer.SerializeToUtf8Bytes(manifest, Context.ModelManifest), (byte)'\n'];

    /// <summary>Reads a manifest file.</summary>
    /// <exception cref="ToolchainException">The file is missing, damaged, or of a schema that this toolchain does not know (<see cref="ErrorKind.BadInput"/>).</exception>
    public static ModelManifest Read(string path)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            var schema = SchemaOf(json.RootElement);

            // Whoever writes it again writes it in the current schema.
            return schema is >= ModelManifest.OldestSchemaVersion and <= ModelManifest.CurrentSchemaVersion
                ? Checked(ManifestReader.Read(json.RootElement) with { SchemaVersion = ModelManifest.CurrentSchemaVersion }, path)
                : throw Damaged(path, $"its schema_version is {schema}, and this toolchain ({ToolSpec.Current.Version}) knows {ModelManifest.OldestSchemaVersion} to {ModelManifest.CurrentSchemaVersion}. Use the toolchain that wrote it");
        }
        catch (JsonException damage)
        {
            throw Damaged(path, $"it is not a manifest: {damage.Message.TrimEnd('.')}. Restore the file, or remove the version", damage);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Damaged(path, "the file is missing. Restore it, or remove the version", missing);
        }
    }

    private static int SchemaOf(JsonElement json) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty("schema_version", out var version) && version.ValueKind == JsonValueKind.Number && version.TryGetInt32(out var number)
            ? number
            : throw new JsonException("there is no schema_version");

    private static ModelManifest Checked(ModelManifest manifest, string path)
    {
        var problems = manifest.Artifacts
            .SelectMany(Problems)
            .Concat(manifest.Artifacts.GroupBy(artifact => artifact.File).Where(same => same.Skip(1).Any()).Select(same => $"artifact '{same.Key}' is listed {same.Count()} times"))
            .ToList();
        return problems.Count == 0 ? manifest : throw Damaged(path, $"{string.Join("; ", problems)}. Restore the file, or remove the version");
    }

    private static IEnumerable<string> Problems(ArtifactManifest artifact)
    {
        if (!ArtifactManifest.IsFileName(artifact.File))
        {
            yield return $"'{artifact.File}' cannot be an artifact's file name";
        }

        if (artifact.Bytes < 0)
        {
            yield return $"artifact '{artifact.File}' has {artifact.Bytes} bytes";
        }

        if (artifact.Sha256.Length != 64 || !artifact.Sha256.All(char.IsAsciiHexDigitLower))
        {
            yield return $"artifact '{artifact.File}' has the SHA-256 '{artifact.Sha256}', which is not 64 lower-case hexadecimal digits";
        }
    }

    private static ToolchainException Damaged(string path, string why, Exception? cause = null)
        => new(ErrorKind.BadInput, $"Cannot read manifest '{path}': {why}.", cause);
}

// Writes manifests; what it writes, ManifestReader reads. Unknown fields are refused rather than dropped: adding an artifact rewrites the manifest, and
// would lose what a newer toolchain put there.
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    WriteIndented = true,
    NewLine = "\n")]
[JsonSerializable(typeof(ModelManifest))]
[JsonSerializable(typeof(SortedDictionary<string, int>))]
internal sealed partial class ManifestContext : JsonSerializerContext;
