using System.Text.Json;
using Toolchain.Train.Execution;

namespace Toolchain.Train.Recipes;

/// <summary>A recipe with the way of computing, as manifests, logs and runs hold it: every setting by its key, <c>precision</c> and <c>layout</c>.</summary>
internal static class WrittenRecipe
{
    private const string PrecisionKey = "precision";
    private const string LayoutKey = "layout";

    /// <summary>The recipe in full.</summary>
    public static IReadOnlyDictionary<string, JsonElement> Of(TrainingRecipe recipe, ComputeMode mode) =>
        new Dictionary<string, JsonElement>(RecipeSettings.Write(recipe), StringComparer.Ordinal)
        {
            [PrecisionKey] = JsonSerializer.SerializeToElement(ComputeMode.Text(mode.Precision)),
            [LayoutKey] = JsonSerializer.SerializeToElement(ComputeMode.Text(mode.Layout)),
        };

    /// <summary>Reads what <see cref="Of"/> wrote.</summary>
    /// <param name="written">The settings.</param>
    /// <param name="seed">The recipe's seed, which stands elsewhere.</param>
    /// <param name="source">How messages name where they are from.</param>
    /// <exception cref="ToolchainException">A setting is not known, or has another kind of value (<see cref="ErrorKind.Usage"/>).</exception>
    public static (TrainingRecipe Recipe, ComputeMode Mode) Read(IReadOnlyDictionary<string, JsonElement> written, long seed, string source)
    {
        // A recipe without epochs ends with its steps, and what it does not have is not written.
        var recipe = written.Where(static w => w.Key is not (PrecisionKey or LayoutKey)).Aggregate(
            new TrainingRecipe { Seed = seed, Epochs = null },
            (r, w) => RecipeSettings.Get(w.Key, source).Apply(r, Texts(w.Value), $"{source}: {w.Key}"));
        return (recipe, new(Word<Precision>(written, PrecisionKey, ComputeMode.Text, source), Word<MemoryLayout>(written, LayoutKey, ComputeMode.Text, source)));
    }

    private static string[] Texts(JsonElement value) => value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(Text)] : [Text(value)];

    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    private static T Word<T>(IReadOnlyDictionary<string, JsonElement> written, string key, Func<T, string> text, string source) where T : struct, Enum
    {
        var found = written.TryGetValue(key, out var value) ? Text(value) : null;
        foreach (var known in Enum.GetValues<T>())
        {
            if (text(known) == found)
            {
                return known;
            }
        }

        throw new ToolchainException(ErrorKind.Usage, $"{source}: {key} is '{found}'; it takes {string.Join(", ", Enum.GetValues<T>().Select(text))}.");
    }
}
