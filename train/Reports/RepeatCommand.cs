using System.Globalization;
using System.Text.Json;
using Toolchain.Graphs;
using Toolchain.Registry;
using Toolchain.Train.Observation;
using Toolchain.Train.Recipes;

namespace Toolchain.Train.Reports;

/// <summary>The command line that trains the same again.</summary>
internal static class RepeatCommand
{
    /// <summary><c>train run …</c> with everything in which the run differs from the standard.</summary>
    /// <param name="start">How the run began.</param>
    /// <param name="manifest">That of what it published: it knows the network's arguments and changes; null before that.</param>
    public static string Of(StartLine start, ModelManifest? manifest)
    {
        string[] words =
        [
            "train", "run",
            .. Source(start, manifest),
            "--data", start.Data,
            "--name", start.Model,
            .. Recipe(start.Recipe),
            "--seed", start.Seed.ToString(CultureInfo.InvariantCulture),
            "--threads", start.Threads.ToString(CultureInfo.InvariantCulture),
            "--device", start.Device,
        ];
        return string.Join(' ', words.Select(Quoted));
    }

    private static IEnumerable<string> Source(StartLine start, ModelManifest? manifest)
    {
        if (manifest?.Parents.FirstOrDefault(static p => p.Role == ParentRoles.InitialWeights) is { } parent)
        {
            return ["--from", parent.Reference];
        }

        var network = manifest?.Network;
        return
        [
            network?.Name ?? start.Network,
            .. network?.Arguments.SelectMany(static a => (string[])["--set", $"{a.Key}={a.Value}"]) ?? [],
            .. network?.Edits.SelectMany(Edit) ?? [],
        ];
    }

    // A manifest writes a change as its option and its value: «replace relu1=LeakyReLU(0.1)».
    private static IEnumerable<string> Edit(string text) => text.Split(' ', 2) is [var kind, var value] ? [$"--{kind}", value] : [];

    private static IEnumerable<string> Recipe(IReadOnlyDictionary<string, JsonElement> recipe)
    {
        var standard = RecipeSettings.Write(new());
        var settings = RecipeSettings.All.Where(s => recipe.ContainsKey(s.Key)).Select(static s => (s.Key, s.Option))
            .Concat(((string[])["precision", "layout"]).Where(recipe.ContainsKey).Select(static key => (key, $"--{key}")));
        foreach (var (key, option) in settings)
        {
            var value = recipe[key];
            if (standard.TryGetValue(key, out var usual) && usual.GetRawText() == value.GetRawText())
            {
                continue;
            }

            yield return option;
            yield return value.ValueKind == JsonValueKind.Array ? string.Join(',', value.EnumerateArray().Select(static v => Figures.Setting(v))) : Figures.Setting(value);
        }
    }

    // As a POSIX shell reads it.
    private static string Quoted(string word) =>
        word.Length > 0 && word.All(static c => char.IsAsciiLetterOrDigit(c) || "-_./:=,@+%".Contains(c, StringComparison.Ordinal)) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
