namespace Toolchain.Graphs;

/// <summary>Numpy's broadcasting, as ONNX takes it over (docs/Broadcasting.md).</summary>
internal static class Broadcasting
{
    internal static Shape Combine(NodeContext node, Shape a, Shape b)
    {
        var rank = Math.Max(a.Rank, b.Rank);
        var result = new Dimension[rank];
        for (var i = 1; i <= rank; i++)
        {
            var (left, right) = (i <= a.Rank ? a[^i] : 1, i <= b.Rank ? b[^i] : 1);
            result[^i] = Pick(left, right) ?? throw node.Fail($"shapes {a} and {b} cannot be broadcast together: {left} against {right}");
        }

        return [.. result];
    }

    /// <summary>Fails unless a parameter can be broadcast to a shape without making it larger.</summary>
    internal static void Onto(NodeContext node, Shape target, Shape parameter, string meaning)
    {
        if (parameter.Rank > target.Rank || !parameter.Reverse().Zip(target.Reverse()).All(static p => p.First == 1 || p.First.Admits(p.Second)))
        {
            throw node.Fail($"the {meaning} must be broadcastable to {target}, found {parameter}");
        }
    }

    private static Dimension? Pick(Dimension a, Dimension b) => (a.IsKnown, b.IsKnown) switch
    {
        _ when a == b => a,
        (true, _) when a.Value == 1 => b,
        (_, true) when b.Value == 1 => a,
        (true, true) => default(Dimension?),
        (true, false) => a,
        (false, true) => b,
        (false, false) => Dimension.Unknown,
    };
}
