using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Toolchain.Graphs;

namespace Toolchain.Export.Importing;

/// <summary>The names of a foreign model's classes or values, and where they are from.</summary>
/// <param name="Names">In the order of the outputs.</param>
/// <param name="Known">Where they are from, for people.</param>
internal sealed partial record Labels(IReadOnlyList<string> Names, string Known)
{
    // This toolchain's, Ultralytics', and others' keys.
    private static readonly string[] Keys = ["labels", "names", "classes", "class_names", "class_labels"];

    /// <summary>The labels that were given, or that the file's metadata have, or else the numbers of the outputs.</summary>
    /// <exception cref="ToolchainException">There is not one for each output (<see cref="ErrorKind.BadInput"/>).</exception>
    public static Labels Of(Graph graph, int outputs, ImportOptions options)
    {
        // A single logit tells two classes apart.
        int[] counts = outputs == 1 && options.Task != ModelTask.Regression ? [2] : [outputs];
        if (options.Labels is { } given)
        {
            var names = Given(given);
            return counts.Contains(names.Count)
                ? new(names, "as given")
                : throw new ToolchainException(ErrorKind.BadInput, $"--labels has {names.Count} labels, and '{options.File}' has {counts[0]} {(options.Task == ModelTask.Regression ? "values" : "classes")}. Each needs one.");
        }

        foreach (var key in Keys)
        {
            if (graph.Metadata.TryGetValue(key, out var text) && Parse(text) is { } names && counts.Contains(names.Count))
            {
                return new(names, $"'{key}' of the file's metadata");
            }
        }

        return new([.. Enumerable.Range(0, counts[0]).Select(static i => i.ToString(CultureInfo.InvariantCulture))], "not known, numbers");
    }

    private static List<string> Given(string given)
    {
        if (!File.Exists(given))
        {
            return given.Contains(',', StringComparison.Ordinal)
                ? [.. given.Split(',').Select(static l => l.Trim())]
                : throw new ToolchainException(ErrorKind.NotFound, $"--labels {given}: there is no such file, and no comma that would make it a list of labels.");
        }

        try
        {
            return [.. File.ReadAllLines(given).Select(static l => l.Trim()).Reverse().SkipWhile(static l => l.Length == 0).Reverse()];
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            throw new ToolchainException(ErrorKind.Unavailable, $"Cannot read labels from '{given}': {refusal.Message}", refusal);
        }
    }

    /// <summary>A JSON array, an object of numbers and names as JSON or Python write it, or lines, or a list with commas; null for none of them.</summary>
    private static List<string>? Parse(string text)
    {
        try
        {
            switch (JsonNode.Parse(text))
            {
                case JsonArray array:
                    return [.. array.Select(static v => v?.ToString() ?? "")];
                case JsonObject map when map.All(static p => int.TryParse(p.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _)):
                    return [.. map.OrderBy(static p => int.Parse(p.Key, CultureInfo.InvariantCulture)).Select(static p => p.Value?.ToString() ?? "")];
                default:
                    return null;
            }
        }
        catch (JsonException)
        {
        }

        if (text.StartsWith('{'))
        {
            return [.. PythonEntry().Matches(text).OrderBy(static m => int.Parse(m.Groups["number"].Value, CultureInfo.InvariantCulture)).Select(static m => m.Groups["single"].Value + m.Groups["double"].Value)];
        }

        return [.. text.Trim().Split(text.Contains('\n', StringComparison.Ordinal) ? '\n' : ',').Select(static l => l.Trim())];
    }

    [GeneratedRegex("""(?<number>\d{1,9})\s*:\s*(?:'(?<single>[^']*)'|"(?<double>[^"]*)")""", RegexOptions.CultureInvariant)]
    private static partial Regex PythonEntry();
}
