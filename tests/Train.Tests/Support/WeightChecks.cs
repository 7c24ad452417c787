namespace Toolchain.Train.Tests.Support;

/// <summary>Comparisons of the weights of two runs, by name.</summary>
internal static class WeightChecks
{
    /// <summary>The same bits, of all tensors or of those that are chosen.</summary>
    public static void Same(IReadOnlyDictionary<string, float[]> expected, IReadOnlyDictionary<string, float[]> actual, Func<string, bool>? chosen = null)
    {
        Assert.Equal(expected.Keys, actual.Keys);
        Assert.All(Names(expected, chosen), name => Assert.True(expected[name].AsSpan().SequenceEqual(actual[name]), $"{name} has changed"));
    }

    /// <summary>Every chosen tensor has changed.</summary>
    public static void Changed(IReadOnlyDictionary<string, float[]> before, IReadOnlyDictionary<string, float[]> after, Func<string, bool>? chosen = null) =>
        Assert.All(Names(before, chosen), name => Assert.False(before[name].AsSpan().SequenceEqual(after[name]), $"{name} has not changed"));

    /// <summary>Every chosen tensor is close to the expected one.</summary>
    public static void Near(double tolerance, IReadOnlyDictionary<string, float[]> expected, IReadOnlyDictionary<string, float[]> actual, Func<string, bool>? chosen = null) =>
        Assert.All(Names(expected, chosen), name => Tolerance.Holds(tolerance, expected[name], actual[name], name));

    /// <summary>Every tensor, value by value computed from those of two others.</summary>
    public static IReadOnlyDictionary<string, float[]> Combined(
        IReadOnlyDictionary<string, float[]> a, IReadOnlyDictionary<string, float[]> b, Func<double, double, double> combine) =>
        a.ToDictionary(static p => p.Key, p => p.Value.Zip(b[p.Key], (x, y) => (float)combine(x, y)).ToArray());

    /// <summary>What a run added to the weights.</summary>
    public static IReadOnlyDictionary<string, float[]> Change(IReadOnlyDictionary<string, float[]> before, IReadOnlyDictionary<string, float[]> after) =>
        Combined(before, after, static (b, a) => a - b);

    private static string[] Names(IReadOnlyDictionary<string, float[]> weights, Func<string, bool>? chosen)
    {
        string[] names = [.. weights.Keys.Where(name => chosen?.Invoke(name) ?? true)];
        Assert.NotEmpty(names);
        return names;
    }
}
