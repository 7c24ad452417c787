using System.Globalization;
using System.Text.Json;
using Toolchain.Graphs;
using Toolchain.Train.Loop;
using Toolchain.Train.Recipes;

namespace Toolchain.Train.Reports;

/// <summary>The command line that trains the same again.</summary>
internal static class RepeatCommand
{
    private static readonly string[] Computing = ["precision", "layout"];

    /// <summary><c>train run …</c> with everything in which a run differs from the standard.</summary>
    public static string Of(RunSpec spec)
    {
        string[] words =
        [
            "train", "run",
            .. Source(spec),
            .. spec.Edits.SelectMany(Edit),
            .. Given("--classes", spec.NewHead),
            "--data", spec.Data,
            .. Given("--image-size", spec.Reading.ImageSize),
            .. Given("--cache", spec.Reading.Cache),
            .. spec.Reading.SkipBad ? (string[])["--skip-bad"] : [],
            .. Given("--folds", spec.Division.Folds),
            .. Given("--fold", spec.Division.Fold),
            .. Given("--split", spec.Division.File),
            "--name", spec.Name,
            .. spec.Members > 1 ? Given("--ensemble", spec.Members) : [],
            .. spec.Snapshots ? (string[])["--snapshots"] : [],
            .. Recipe(spec.Recipe),
            .. Given("--seed", spec.Seed),
            .. Given("--threads", spec.Threads),
            "--device", spec.Device,
        ];
        return string.Join(' ', words.Select(Quoted));
    }

    private static IEnumerable<string> Source(RunSpec spec) => spec.Source switch
    {
        { Model: { } model } => ["--from", model],
        { File: not null, Import: { } import } => [import.File],
        { Network: { } network } => [network.Name, .. network.Arguments.SelectMany(static a => (string[])["--set", $"{a.Key}={a.Value}"])],
        _ => throw new ToolchainException(ErrorKind.BadInput, "The run's record names neither a network nor a file nor a model."),
    };

    // A record writes a change as its option and its value: «replace relu1=LeakyReLU(0.1)».
    private static IEnumerable<string> Edit(string text) => text.Split(' ', 2) is [var kind, var value] ? [$"--{kind}", value] : [];

    private static IEnumerable<string> Given<T>(string option, T? value) => value is null ? [] : [option, Convert.ToString(value, CultureInfo.InvariantCulture)!];

    private static IEnumerable<string> Recipe(IReadOnlyDictionary<string, JsonElement> recipe)
    {
        var standard = RecipeSettings.Write(new());
        foreach (var (key, option) in RecipeSettings.All.Select(static s => (s.Key, s.Option)).Concat(Computing.Select(static key => (key, $"--{key}"))))
        {
            if (recipe.TryGetValue(key, out var value) && !(standard.TryGetValue(key, out var usual) && usual.GetRawText() == value.GetRawText()))
            {
                yield return option;
                yield return value.ValueKind == JsonValueKind.Array ? string.Join(',', value.EnumerateArray().Select(static v => Figures.Setting(v))) : Figures.Setting(value);
            }
        }
    }

    /// <summary>A word as a POSIX shell reads it.</summary>
    public static string Quoted(string word) =>
        word.Length > 0 && word.All(static c => char.IsAsciiLetterOrDigit(c) || "-_./:=,@+%".Contains(c, StringComparison.Ordinal)) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
