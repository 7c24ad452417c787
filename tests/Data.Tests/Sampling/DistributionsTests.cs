namespace Toolchain.Data.Tests;

public sealed class DistributionsTests
{
    private const int Draws = 40_000;

    [Fact]
    public void Normal_numbers_have_the_moments_of_the_standard_normal_distribution()
    {
        var random = new SeededRandom(7);
        var values = new double[Draws];
        foreach (ref var value in values.AsSpan())
            value = random.Normal();
        Assert.InRange(Moment(values, 1), -0.02, 0.02);
        Assert.InRange(Moment(values, 2), 0.97, 1.03);
        Assert.InRange(Moment(values, 3), -0.08, 0.08);
        Assert.InRange(Moment(values, 4), 2.8, 3.2);
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(1)]
    [InlineData(4.5)]
    public void Gamma_numbers_have_the_shape_as_mean_and_variance(double shape)
    {
        var random = new SeededRandom(8);
        var values = new double[Draws];
        foreach (ref var value in values.AsSpan())
            value = Math.Exp(random.LogGamma(shape));
        Assert.InRange(Moment(values, 1), shape * 0.96, shape * 1.04);
        Assert.InRange(Moment(values, 2) - Math.Pow(Moment(values, 1), 2), shape * 0.9, shape * 1.1);
    }

    [Theory]
    [InlineData(0.2, 0.2)]
    [InlineData(1, 1)]
    [InlineData(2, 5)]
    [InlineData(0.001, 0.001)]
    public void Beta_numbers_have_the_mean_and_variance_of_the_beta_distribution(double alpha, double beta)
    {
        var random = new SeededRandom(9);
        var values = new double[Draws];
        foreach (ref var value in values.AsSpan())
            value = random.Beta(alpha, beta);
        var (mean, variance) = (alpha / (alpha + beta), alpha * beta / ((alpha + beta) * (alpha + beta) * (alpha + beta + 1)));
        Assert.All(values, value => Assert.InRange(value, 0, 1));
        Assert.InRange(Moment(values, 1), mean - 0.01, mean + 0.01);
        Assert.InRange(Moment(values, 2) - (Moment(values, 1) * Moment(values, 1)), variance * 0.96, variance * 1.04);
    }

    private static double Moment(double[] values, int power) => values.Select(value => Math.Pow(value, power)).Average();
}
