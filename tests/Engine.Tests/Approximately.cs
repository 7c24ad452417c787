using static TorchSharp.torch;

namespace Toolchain.Engine.Tests;

internal static class Approximately
{
    /// <summary>Asserts shape-free equality of all elements within an absolute tolerance.</summary>
    internal static void Equal(double[] expected, Tensor actual, double tolerance = 1e-5)
    {
        using var doubles = actual.detach().to(ScalarType.Float64).contiguous();
        var values = doubles.data<double>().ToArray();
        Assert.Equal(expected.Length, values.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - values[i]) <= tolerance, $"element {i}: expected {expected[i]}, found {values[i]}");
    }
}
