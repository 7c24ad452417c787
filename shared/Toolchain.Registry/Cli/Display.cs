using System.Globalization;
using System.Text.Json.Nodes;

namespace Toolchain.Registry.Cli;

/// <summary>How numbers, times and tables look in human output, the same in all three programs.</summary>
public static class Display
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>A size: <c>512 B</c>, <c>1.4 MiB</c>.</summary>
    public static string Bytes(long bytes)
    {
        var (size, unit) = ((double)bytes, 0);
        for (; size >= 1024 && unit < Units.Length - 1; unit++)
        {
            size /= 1024;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{(unit == 0 ? $"{bytes}" : size.ToString("0.0", CultureInfo.InvariantCulture))} {Units[unit]}");
    }

    /// <summary>A share as a percentage: <c>91.24 %</c>; a dash for null.</summary>
    public static string Percent(double? share) => share is { } value ? string.Create(CultureInfo.InvariantCulture, $"{100 * value:0.00} %") : "-";

    /// <summary>A measured number in four digits: <c>0.2814</c>, <c>3.1E-06</c>; a dash for null.</summary>
    public static string Number(double? number) => number?.ToString("G4", CultureInfo.InvariantCulture) ?? "-";

    /// <summary>A time in UTC: <c>2026-01-31 09:05:00Z</c>.</summary>
    public static string Time(DateTimeOffset time) => time.ToString("u", CultureInfo.InvariantCulture);

    /// <summary>A count with its noun: <c>1 version</c>, <c>2 versions</c>.</summary>
    public static string Count(int count, string noun) => string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");

    /// <summary>An input's size: <c>3×32×32</c>, channels first; of a table <c>13 columns</c>.</summary>
    public static string Input(Preprocessing input) => input.Samples == SampleKind.Numbers
        ? Count(input.Channels, "column")
        : string.Create(CultureInfo.InvariantCulture, $"{input.Channels}×{input.Height}×{input.Width}");

    /// <summary>
    /// Rows as lines of text, each column as wide as its widest cell. Without borders and trailing blanks, so that it reads the same through a pipe.
    /// </summary>
    public static IEnumerable<string> Table(IReadOnlyCollection<IReadOnlyList<string>> rows)
    {
        var widths = Enumerable.Range(0, rows.Max(row => row.Count)).Select(column => rows.Max(row => column < row.Count - 1 ? row[column].Length : 0)).ToList();
        return rows.Select(row => string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
    }

    /// <summary>Strings as a JSON array.</summary>
    public static JsonArray Json(IEnumerable<string> values) => new([.. values.Select(value => (JsonNode)value)]);

    /// <summary>What a model's graph came from, in a word or two.</summary>
    internal static string Origin(ModelManifest manifest) => manifest switch
    {
        { Network: { } network } => network.Name,
        { Import: { } import } => import.File,
        { Parents.Count: > 0 } => $"of {string.Join(", ", manifest.Parents.Select(parent => parent.Reference))}",
        _ => "-",
    };
}
