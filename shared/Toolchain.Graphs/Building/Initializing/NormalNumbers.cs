namespace Toolchain.Graphs;

/// <summary>Standard normal numbers, two of every two uniform ones (Box and Muller, «A note on the generation of random normal deviates», 1958).</summary>
internal struct NormalNumbers(SeededRandom random)
{
    private SeededRandom _random = random;
    private double? _spare;

    /// <summary>The next number.</summary>
    internal double Next()
    {
        if (_spare is { } spare)
        {
            _spare = null;
            return spare;
        }

        // 1 − u lies in (0, 1], where the logarithm is finite.
        var radius = Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble()));
        var (sine, cosine) = Math.SinCos(2 * Math.PI * _random.NextDouble());
        _spare = radius * sine;
        return radius * cosine;
    }
}
