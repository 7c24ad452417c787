using System.Globalization;
using System.Text.Json.Nodes;
using Toolchain.Graphs;
using Toolchain.Registry.Cli;

namespace Toolchain.Export.Inspection;

/// <summary>A difference for people and for programs.</summary>
internal static class DifferenceText
{
    // More than this is for programs, which take --json.
    private const int MostRows = 200;
    private const int LongestText = 160;

    /// <summary>The two files, and how much is different.</summary>
    public static IReadOnlyList<string>[] Summary(ModelDifference difference)
    {
        var (first, second) = (difference.First, difference.Second);
        return
        [
            ["first", $"{first.Path} ({Display.Bytes(first.Bytes)})"],
            ["second", $"{second.Path} ({Display.Bytes(second.Bytes)})"],
            ["nodes", Counts(difference, "node", difference.EqualNodes)],
            ["weights", Counts(difference, "weight", difference.EqualWeights)],
            ["values", Pair(first.Layers?.Total, second.Layers?.Total)],
            ["multiply-adds", Pair(first.Layers?.MultiplyAdds, second.Layers?.MultiplyAdds)],
        ];
    }

    /// <summary>Each difference in a row; a note in the last one when there are too many.</summary>
    public static IReadOnlyList<string>[] Rows(ModelDifference difference) =>
    [
        ["", "part", "name", "what"],
        .. difference.Changes.Take(MostRows).Select(static c => (string[])[Word(c.Kind), c.Part, c.Name, c.What.Length > LongestText ? $"{c.What[..LongestText]}…" : c.What]),
        .. difference.Changes.Count > MostRows ? (string[][])[["", "", "", $"and {(difference.Changes.Count - MostRows).ToString(CultureInfo.InvariantCulture)} more; --json has all of them"]] : [],
    ];

    /// <summary>The difference for programs.</summary>
    public static JsonObject Json(ModelDifference difference) => new()
    {
        ["first"] = difference.First.Path,
        ["second"] = difference.Second.Path,
        ["equal"] = difference.Changes.IsEmpty,
        ["bytes"] = new JsonArray(difference.First.Bytes, difference.Second.Bytes),
        ["parameters"] = new JsonArray(difference.First.Layers?.Total, difference.Second.Layers?.Total),
        ["multiply_adds"] = new JsonArray(difference.First.Layers?.MultiplyAdds, difference.Second.Layers?.MultiplyAdds),
        ["equal_nodes"] = difference.EqualNodes,
        ["equal_weights"] = difference.EqualWeights,
        ["changes"] = new JsonArray([.. difference.Changes.Select(static c => new JsonObject
        {
            ["kind"] = Word(c.Kind),
            ["part"] = c.Part,
            ["name"] = c.Name,
            ["what"] = c.What,
            ["max_difference"] = c.MaxDifference is { } largest && double.IsFinite(largest) ? largest : null,
        })]),
    };

    private static string Counts(ModelDifference difference, string part, int equal) =>
        string.Create(CultureInfo.InvariantCulture, $"{difference.Count(part, ChangeKind.Added)} added, {difference.Count(part, ChangeKind.Removed)} removed, {difference.Count(part, ChangeKind.Changed)} changed, {equal} equal");

    private static string Pair(long? first, long? second) => string.Create(CultureInfo.InvariantCulture, $"{Number(first)} → {Number(second)}");

    private static string Number(long? number) => number?.ToString("N0", CultureInfo.InvariantCulture) ?? "?";

    private static string Word(ChangeKind kind) => kind switch
    {
        ChangeKind.Added => "added",
        ChangeKind.Removed => "removed",
        ChangeKind.Changed => "changed",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Unknown change."),
    };
}
