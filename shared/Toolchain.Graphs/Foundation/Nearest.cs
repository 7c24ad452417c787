namespace Toolchain;

/// <summary>Finds what a person probably meant to type.</summary>
public static class Nearest
{
    /// <summary>The candidate closest to the text, or null when none is close: up to two edits (Levenshtein distance), more in long words, or an unfinished word.</summary>
    public static string? To(string text, IEnumerable<string> candidates)
    {
        var best = candidates
            .Select(candidate => (candidate, distance: IsBeginning(text, candidate) ? 1 : Distance(text, candidate)))
            .OrderBy(pair => pair.distance).ThenBy(pair => pair.candidate, StringComparer.Ordinal)
            .FirstOrDefault();
        return best.candidate is not null && best.distance <= Tolerated(text) ? best.candidate : null;
    }

    /// <summary>A sentence that proposes the nearest candidate, with a space before it; empty when none is near.</summary>
    public static string Hint(string text, IEnumerable<string> candidates) => To(text, candidates) is { } near ? $" Did you mean '{near}'?" : "";

    private static int Tolerated(string text) => text.Length < 4 ? 1 : Math.Max(2, text.Length / 3);

    private static bool IsBeginning(string text, string candidate) => text.Length >= 2 && candidate.StartsWith(text, StringComparison.Ordinal);

    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var substituted = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j - 1], row[j]) + 1);
            }
        }

        return row[^1];
    }
}
