namespace Toolchain.Graphs.Tests.Building;

/// <summary>First values against the closed forms of their rules.</summary>
public sealed class InitializationTests
{
    private const int FanIn = 32 * 9;
    private const int FanOut = 64 * 9;
    private static readonly EquatableArray<long> Weight = [64, 32, 3, 3];

    [Theory]
    // He et al. 2015: √(2 / fan); Glorot and Bengio 2010: √(2 / (in + out)); a uniform bound is √3 deviations.
    [InlineData("kaiming-normal", 2.0 / FanIn, false)]
    [InlineData("kaiming-uniform", 2.0 / FanIn, true)]
    [InlineData("kaiming-normal-fan-out", 2.0 / FanOut, false)]
    [InlineData("kaiming-uniform-fan-out", 2.0 / FanOut, true)]
    [InlineData("xavier-normal", 2.0 / (FanIn + FanOut), false)]
    [InlineData("xavier-uniform", 2.0 / (FanIn + FanOut), true)]
    [InlineData("kaiming-normal:1", 1.0 / FanIn, false)]
    [InlineData("xavier-uniform:2", 8.0 / (FanIn + FanOut), true)]
    public void Random_values_have_the_mean_and_variance_of_their_rule(string rule, double variance, bool uniform)
    {
        var values = Values(rule);
        var deviation = Math.Sqrt(variance);

        // Five standard errors; a mean square's is σ²·√((kurtosis − 1)/n), the kurtosis 3 of normal and 9/5 of uniform numbers.
        Assert.InRange(values.Average(), -5 * deviation / Math.Sqrt(values.Length), 5 * deviation / Math.Sqrt(values.Length));
        Assert.Equal(variance, values.Average(static v => (double)v * v), 5 * variance * Math.Sqrt((uniform ? 0.8 : 2) / values.Length));
        Assert.Equal(uniform ? 9.0 / 5 : 3, values.Average(static v => Math.Pow(v, 4)) / (variance * variance), uniform ? 0.1 : 0.35);
        if (uniform)
        {
            Assert.All(values, v => Assert.InRange(v, -1.00001 * Math.Sqrt(3) * deviation, 1.00001 * Math.Sqrt(3) * deviation));
        }
    }

    [Fact]
    public void A_truncated_normal_ends_at_two_deviations()
    {
        var values = Values("truncated-normal:0.5");
        Assert.All(values, static v => Assert.InRange(v, -1f, 1f));
        Assert.True(values.Max() > 0.98f && values.Min() < -0.98f);

        // Variance of a standard normal cut off at ±2: 1 − 2·2·φ(2) / (Φ(2) − Φ(−2)).
        var expected = 0.25 * (1 - (4 * Math.Exp(-2) / Math.Sqrt(2 * Math.PI) / 0.9544997361));
        Assert.Equal(expected, values.Average(static v => (double)v * v), 0.02 * expected);
        Assert.Equal(0.02 * 0.02 * expected * 4, Values("truncated-normal").Average(static v => (double)v * v), 1e-5);
    }

    [Theory]
    [InlineData(6, 10, 1.0)]
    [InlineData(10, 6, 1.0)]
    [InlineData(8, 8, 1.5)]
    [InlineData(1, 7, 1.0)]
    public void Orthogonal_vectors_are_orthonormal_up_to_their_gain(int rows, int columns, double gain)
    {
        var values = InitializationRule.Of("orthogonal", gain).For([rows, columns]).Tensor("w", [rows, columns], 4).Values<float>().ToArray();
        var wide = rows <= columns;
        var (count, length) = wide ? (rows, columns) : (columns, rows);
        for (var a = 0; a < count; a++)
        {
            for (var b = 0; b < count; b++)
            {
                var dot = Enumerable.Range(0, length).Sum(i => (double)At(a, i) * At(b, i));
                Assert.Equal(a == b ? gain * gain : 0, dot, 1e-6);
            }
        }

        float At(int vector, int item) => wide ? values[(vector * columns) + item] : values[(item * columns) + vector];
    }

    [Fact]
    public void The_axes_behind_the_first_are_one_to_an_orthogonal_convolution()
    {
        var values = Values("orthogonal");
        var first = values.AsSpan(0, FanIn).ToArray();
        var last = values.AsSpan(63 * FanIn, FanIn).ToArray();
        Assert.Equal(1, first.Sum(static v => (double)v * v), 1e-5);
        Assert.Equal(0, first.Zip(last).Sum(static p => (double)p.First * p.Second), 1e-6);
    }

    [Fact]
    public void Constants_are_what_they_say()
    {
        Assert.All(Values("constant"), static v => Assert.Equal(0, v));
        Assert.All(Values("constant:0.25"), static v => Assert.Equal(0.25f, v));
    }

    [Fact]
    public void Values_depend_on_the_seed_and_the_name_only() => Assert.All(InitializationRule.Words.Where(static w => w != "constant"), static word =>
    {
        var first = InitializationRule.Of(word).For([8, 9]);
        var values = first.Tensor("layer.weight", [8, 9], 3);
        Assert.True(values.ContentEquals(InitializationRule.Of(word).For([8, 9]).Tensor("layer.weight", [8, 9], 3)), word);
        Assert.False(values.ContentEquals(first.Tensor("layer.weight", [8, 9], 4)), word);
        Assert.False(values.ContentEquals(first.Tensor("other.weight", [8, 9], 3)), word);
        Assert.Equal(72, values.Values<float>().ToArray().Distinct().Count());
    });

    [Fact]
    public void Normal_numbers_do_not_depend_on_each_other()
    {
        var values = Values("kaiming-normal").Select(static v => (double)v).ToArray();
        var variance = values.Average(static v => v * v);
        for (var lag = 1; lag < 4; lag++)
        {
            var correlation = values.Zip(values.Skip(lag)).Average(static p => p.First * p.Second) / variance;
            Assert.InRange(correlation, -5 / Math.Sqrt(values.Length), 5 / Math.Sqrt(values.Length));
        }
    }

    private static float[] Values(string rule) => InitializationRule.Parse(rule).For(Weight).Tensor("layer.weight", Weight, 11).Values<float>().ToArray();
}
