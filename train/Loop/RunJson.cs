using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Toolchain.Train.Loop;

/// <summary>The JSON files of run folders: snake case, indented, replaced at once.</summary>
internal static class RunJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        IgnoreReadOnlyProperties = true,
        WriteIndented = true,
        NewLine = "\n",
    };

    /// <summary>Writes a file: beside its place first, then flushed to disk and renamed.</summary>
    /// <exception cref="ToolchainException">The file system refuses (<see cref="ErrorKind.Unavailable"/>).</exception>
    public static void Write<T>(string path, T value) => RunFolder.Guarded(path, () =>
    {
        var temporary = Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}.tmp");
        try
        {
            using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
            {
                JsonSerializer.Serialize(file, value, Options);
                file.Write("\n"u8);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
            return true;
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    });

    /// <summary>Reads a file.</summary>
    /// <exception cref="ToolchainException">It cannot be read, or is not such a record (<see cref="ErrorKind.BadInput"/>).</exception>
    public static T Read<T>(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllBytes(path), Options) ?? throw new JsonException("it is null");
        }
        catch (Exception damage) when (damage is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"Cannot read '{path}': {damage.Message}", damage);
        }
    }
}
