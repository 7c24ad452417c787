using System.Globalization;
using System.Text.Json;

namespace Toolchain.Train.Reports;

/// <summary>How numbers look in reports: the same everywhere on the page. What is not known, or no number, is a dash.</summary>
internal static class Figures
{
    /// <summary>What stands for nothing.</summary>
    public const string None = "–";

    /// <summary>A share: <c>91.24 %</c>.</summary>
    public static string Percent(double? share) => Finite(share) is { } value ? string.Create(CultureInfo.InvariantCulture, $"{100 * value:0.00} %") : None;

    /// <summary>A loss or an error: <c>0.2814</c>.</summary>
    public static string Loss(double? loss) => Finite(loss) is { } value ? value.ToString(Math.Abs(value) is < 1e-3 and > 0 ? "0.00e+0" : "0.0000", CultureInfo.InvariantCulture) : None;

    /// <summary>A number with four digits that count: <c>0.001</c>, <c>1234</c>.</summary>
    public static string Number(double? number) => Finite(number) is { } value ? value.ToString("G4", CultureInfo.InvariantCulture) : None;

    /// <summary>A whole number: <c>12,345</c>.</summary>
    public static string Count(double? count) => Finite(count) is { } value ? Math.Round(value).ToString("n0", CultureInfo.InvariantCulture) : None;

    /// <summary>A count with its noun: <c>1 epoch</c>, <c>2 epochs</c>.</summary>
    public static string Count(long count, string noun) => $"{Count(count)} {noun}{(count == 1 ? "" : "s")}";

    /// <summary>A time: <c>5.41 ms</c>, <c>0.82 s</c>, <c>12.4 s</c>, <c>3 min 05 s</c>, <c>2 h 07 min</c>.</summary>
    public static string Duration(double? seconds) => Finite(seconds) switch
    {
        null => None,
        > 0 and < 0.1 and var s => string.Create(CultureInfo.InvariantCulture, $"{1000 * s:0.00} ms"),
        < 10 and var s => string.Create(CultureInfo.InvariantCulture, $"{s:0.00} s"),
        < 60 and var s => string.Create(CultureInfo.InvariantCulture, $"{s:0.0} s"),
        < 3600 and var s => string.Create(CultureInfo.InvariantCulture, $"{(int)s / 60} min {(int)s % 60:00} s"),
        { } s => string.Create(CultureInfo.InvariantCulture, $"{(long)s / 3600} h {(long)s % 3600 / 60:00} min"),
    };

    /// <summary>A place in a drawing.</summary>
    public static string Coordinate(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>A recipe's value as a person writes it.</summary>
    public static string Setting(JsonElement? value) => value switch
    {
        null or { ValueKind: JsonValueKind.Null } => None,
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        { ValueKind: JsonValueKind.Array } list => string.Join(", ", list.EnumerateArray().Select(static v => Setting(v))),
        { } other => other.GetRawText(),
    };

    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;
}
