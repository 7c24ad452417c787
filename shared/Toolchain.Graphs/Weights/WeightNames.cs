using Toolchain.Graphs.PyTorch.Pickling;

namespace Toolchain.Graphs.Weights;

/// <summary>Names of weights in messages: few of them, short, and with what was probably meant.</summary>
internal static class WeightNames
{
    private const int Listed = 10;

    // Comparing two names takes the product of their lengths, so a hostile file must not decide either.
    private const int Compared = 1000;
    private const int LongestCompared = 200;

    /// <summary>A name without control characters, and cut when it is long.</summary>
    internal static string Shown(string name) => PickleValues.Quote(name)[1..^1];

    /// <summary>The first names.</summary>
    internal static string List(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(Listed).Select(Shown)) + (names.Count > Listed ? $" and {names.Count - Listed} more" : "");

    /// <summary>The first names, each with the nearest of the candidates.</summary>
    internal static string ListWithHints(IReadOnlyList<string> names, IReadOnlyList<string> candidates)
    {
        var near = candidates.Where(static c => c.Length <= LongestCompared).Take(Compared).ToArray();
        return string.Join(", ", names.Take(Listed).Select(name => name.Length <= LongestCompared && Nearest.To(name, near) is { } nearest ? $"{Shown(name)} (perhaps {Shown(nearest)})" : Shown(name)))
            + (names.Count > Listed ? $" and {names.Count - Listed} more" : "");
    }
}
