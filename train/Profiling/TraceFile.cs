using System.Diagnostics;
using System.Text.Json;

namespace Toolchain.Train.Profiling;

/// <summary>
/// Spans in the Trace Event Format, which chrome://tracing and ui.perfetto.dev open: complete events (<c>"ph": "X"</c>) with times in microseconds, and a name
/// for each thread.
/// </summary>
internal static class TraceFile
{
    private const int Training = 1;

    /// <summary>Writes the JSON.</summary>
    public static void Write(Stream stream, IReadOnlyList<ProfileSpan> spans)
    {
        var origin = spans.Count > 0 ? spans.Min(static s => s.From) : 0;
        var threads = spans.Select(static s => s.Thread).OfType<string>().Distinct().Order(StringComparer.Ordinal).Select(static (name, i) => (name, Number: Training + 1 + i)).ToDictionary(static t => t.name, static t => t.Number);
        using var json = new Utf8JsonWriter(stream);
        json.WriteStartObject();
        json.WriteString("displayTimeUnit", "ms");
        json.WriteStartArray("traceEvents");
        NameThread(json, "training", Training);
        foreach (var (name, number) in threads)
        {
            NameThread(json, name, number);
        }

        // Of spans that begin together the viewers want the outer one first.
        foreach (var span in spans.OrderBy(static s => s.From).ThenByDescending(static s => s.To))
        {
            json.WriteStartObject();
            json.WriteString("ph", "X");
            json.WriteString("name", span.Work is { } work ? $"{work.Place} {work.Operation}".Trim() : Name(span.Part));
            json.WriteString("cat", span.Part.Text());
            json.WriteNumber("ts", Microseconds(span.From - origin));
            json.WriteNumber("dur", Microseconds(span.To - span.From));
            json.WriteNumber("pid", 1);
            json.WriteNumber("tid", span.Thread is { } thread ? threads[thread] : Training);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string Name(ProfilePart part) => part switch
    {
        ProfilePart.Step => "step",
        ProfilePart.Prepare => "batch",
        _ => part.Text(),
    };

    private static void NameThread(Utf8JsonWriter json, string name, int number)
    {
        json.WriteStartObject();
        json.WriteString("ph", "M");
        json.WriteString("name", "thread_name");
        json.WriteNumber("pid", 1);
        json.WriteNumber("tid", number);
        json.WriteStartObject("args");
        json.WriteString("name", name);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static double Microseconds(long ticks) => Math.Round(ticks * 1e6 / Stopwatch.Frequency, 3);
}
