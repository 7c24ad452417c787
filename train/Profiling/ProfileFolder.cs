using System.Text.Json;

namespace Toolchain.Train.Profiling;

/// <summary>The profile in a run's folder, <c>profile/</c>: the trace, the flame graph, and what they come to.</summary>
/// <param name="run">The run's folder.</param>
internal sealed class ProfileFolder(string run)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>The folder.</summary>
    public string Path { get; } = System.IO.Path.Combine(run, "profile");

    /// <summary>Every span, for chrome://tracing and ui.perfetto.dev.</summary>
    public string Trace => System.IO.Path.Combine(Path, "trace.json");

    /// <summary>The flame graph, for a browser.</summary>
    public string Flame => System.IO.Path.Combine(Path, "flame.svg");

    /// <summary>A <see cref="ProfileSummary"/>.</summary>
    public string Summary => System.IO.Path.Combine(Path, "summary.json");

    /// <summary>Whether the run has a whole profile: the summary is written last.</summary>
    public bool Exists => File.Exists(Summary);

    /// <summary>Writes all three.</summary>
    /// <exception cref="ToolchainException">The file system refuses (<see cref="ErrorKind.Unavailable"/>).</exception>
    public void Write(IReadOnlyList<ProfileSpan> spans, ProfileSummary summary)
    {
        try
        {
            Directory.CreateDirectory(Path);
            using (var trace = File.Create(Trace))
            {
                TraceFile.Write(trace, spans);
            }

            File.WriteAllText(Flame, FlameGraph.Svg(summary));
            File.WriteAllText(Summary, JsonSerializer.Serialize(summary, Json) + "\n");
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            throw new ToolchainException(ErrorKind.Unavailable, $"Cannot write the profile to '{Path}': {refusal.Message}", refusal);
        }
    }

    /// <summary>Reads the summary.</summary>
    /// <exception cref="JsonException">It is damaged.</exception>
    public ProfileSummary ReadSummary() => JsonSerializer.Deserialize<ProfileSummary>(File.ReadAllBytes(Summary), Json) ?? throw new JsonException("it is empty");
}
