using Toolchain.Graphs;

namespace Toolchain.Train.Tests.Support;

/// <summary>How far two computations of the same thing may differ: |a − b| ≤ tolerance · max(1, largest |b|).</summary>
internal static class Tolerance
{
    /// <summary>One operator in float32, summed in another order.</summary>
    public const double Operator = 1e-5;

    /// <summary>A whole network in float32: what an export is held to.</summary>
    public const double Network = 1e-4;

    /// <summary>bfloat16 has 8 bits of precision: 2^−9 per rounding, and a few of them.</summary>
    public const double BFloat16 = 3e-2;

    /// <summary>A gradient of a whole network in float32, relative to its length: sums over the batch and all pixels, in another order.</summary>
    public const double Gradient = 1e-3;

    /// <summary>A gradient against a difference quotient of float32 values.</summary>
    public const double DifferenceQuotient = 5e-3;

    /// <summary>Float32 arithmetic against the same formulas in double, over a few steps.</summary>
    public const double Float32 = 1e-6;

    public static void Holds(double tolerance, ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what = "values")
    {
        Assert.Equal(expected.Length, actual.Length);
        var (largest, error) = (1.0, 0.0);
        for (var i = 0; i < expected.Length; i++)
        {
            largest = Math.Max(largest, Math.Abs((double)expected[i]));
            var difference = Math.Abs((double)expected[i] - actual[i]);
            error = double.IsNaN(difference) && !(float.IsNaN(expected[i]) && float.IsNaN(actual[i])) ? double.PositiveInfinity : Math.Max(error, double.IsNaN(difference) ? 0 : difference);
        }

        Assert.True(error <= tolerance * largest, $"{what}: the largest error is {error:g3}, allowed are {tolerance * largest:g3}");
    }

    public static void Holds(double tolerance, TensorData expected, TensorData actual, string what = "values")
    {
        Assert.Equal(expected.Dimensions, actual.Dimensions);
        Holds(tolerance, expected.Values<float>(), actual.Values<float>(), what);
    }
}
