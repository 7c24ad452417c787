namespace Toolchain.Data;

/// <summary>Draws from the distributions that data preparation needs.</summary>
internal static class Distributions
{
    /// <summary>A number of the standard normal distribution.</summary>
    public static double Normal(this ref SeededRandom random) => random.NormalPair().First;

    /// <summary>Two independent numbers of the standard normal distribution, by Marsaglia's polar method (Marsaglia and Bray, 1964).</summary>
    public static (double First, double Second) NormalPair(this ref SeededRandom random)
    {
        while (true)
        {
            var (x, y) = ((2 * random.NextDouble()) - 1, (2 * random.NextDouble()) - 1);
            var square = (x * x) + (y * y);
            if (square is > 0 and < 1)
            {
                var scale = Math.Sqrt(-2 * Math.Log(square) / square);
                return (x * scale, y * scale);
            }
        }
    }

    /// <summary>
    /// The natural logarithm of a number of the gamma distribution with scale 1 (Marsaglia and Tsang, «A simple method for generating gamma
    /// variables», 2000). The logarithm, because for a small shape the number itself is often too small for a double.
    /// </summary>
    /// <param name="random">Where the randomness comes from.</param>
    /// <param name="shape">Above 0.</param>
    public static double LogGamma(this ref SeededRandom random, double shape)
    {
        if (shape < 1)
        {
            // Section 6: a number of shape + 1, times a uniform number to the power of 1 / shape.
            var log = random.LogGamma(shape + 1);
            return log + (Math.Log(1 - random.NextDouble()) / shape);
        }

        var d = shape - (1.0 / 3);
        var c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            var normal = random.Normal();
            var root = 1 + (c * normal);
            if (root <= 0)
                continue;
            var v = root * root * root;
            if (Math.Log(1 - random.NextDouble()) < (0.5 * normal * normal) + d - (d * v) + (d * Math.Log(v)))
                return Math.Log(d * v);
        }
    }

    /// <summary>A number from 0 to 1 of the beta distribution: of two gamma numbers, the first one's share.</summary>
    /// <param name="random">Where the randomness comes from.</param>
    /// <param name="alpha">Above 0.</param>
    /// <param name="beta">Above 0.</param>
    public static double Beta(this ref SeededRandom random, double alpha, double beta)
    {
        var first = random.LogGamma(alpha);
        var second = random.LogGamma(beta);
        return 1 / (1 + Math.Exp(second - first));
    }

    /// <summary>A number between two bounds, each equally likely.</summary>
    public static double Between(this ref SeededRandom random, double low, double high) => low + ((high - low) * random.NextDouble());
}
