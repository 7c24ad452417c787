using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Toolchain.Train.Inside;

/// <summary>A folder of pictures that keeps account of what each shows.</summary>
internal sealed class LookFolder
{
    private const string IndexFile = "index.json";
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly string _path;
    private readonly List<JsonObject> _entries = [];

    /// <summary>Makes the folder, unless it is there.</summary>
    /// <exception cref="ToolchainException">It cannot be made (<see cref="ErrorKind.Unavailable"/>).</exception>
    public LookFolder(string path)
    {
        _path = path;
        Writing(() => Directory.CreateDirectory(path));
    }

    /// <summary>What was written so far: <c>file</c>, <c>shows</c>, and the numbers that belong to it.</summary>
    public JsonArray Index() => new([.. _entries.Select(static e => e.DeepClone())]);

    /// <summary>Writes a picture.</summary>
    /// <param name="file">Its file name, without <c>.png</c>.</param>
    /// <param name="picture">The picture.</param>
    /// <param name="shows">What it shows, in a few words.</param>
    /// <param name="numbers">What belongs to it.</param>
    /// <exception cref="ToolchainException">It cannot be written (<see cref="ErrorKind.Unavailable"/>).</exception>
    public void Add(string file, Picture picture, string shows, params ReadOnlySpan<(string Name, JsonNode? Value)> numbers)
    {
        var path = Path.Combine(_path, $"{file}.png");
        Writing(() => File.WriteAllBytes(path, picture.Png()));
        var entry = new JsonObject { ["file"] = path, ["shows"] = shows };
        foreach (var (name, value) in numbers)
        {
            entry[name] = value;
        }

        _entries.Add(entry);
    }

    /// <summary>Writes <see cref="Index"/> beside the pictures.</summary>
    /// <exception cref="ToolchainException">It cannot be written (<see cref="ErrorKind.Unavailable"/>).</exception>
    public void WriteIndex() => Writing(() => File.WriteAllText(Path.Combine(_path, IndexFile), Index().ToJsonString(Readable) + "\n"));

    private void Writing(Action write)
    {
        try
        {
            write();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ToolchainException(ErrorKind.Unavailable, $"Cannot write pictures to '{_path}': {failure.Message}", failure);
        }
    }
}
