using Toolchain.Train.Tests.Support;
using static Toolchain.Train.Tests.Support.TinyRuns;

namespace Toolchain.Train.Tests.Techniques;

/// <summary>A step of plain descent at rate 1 is the negative gradient, so its limits are those of the clipping.</summary>
public sealed class ClippingTests
{
    private static readonly string[] OneStep = [.. Mlp, .. PlainSgd, "--steps", "1", "--lr", "1"];

    [Fact]
    public async Task The_norm_of_all_gradients_together_is_limited()
    {
        var (start, plain) = await PlainAsync();
        var norm = Math.Sqrt(plain.Values.SelectMany(static v => v).Sum(static v => (double)v * v));
        Assert.True(norm > 0.1);
        var clipped = WeightChecks.Change(start, (await TrainAsync([.. OneStep, "--clip-norm", "0.05"])).Weights);
        Assert.Equal(0.05, Math.Sqrt(clipped.Values.SelectMany(static v => v).Sum(static v => (double)v * v)), 1e-5);
        WeightChecks.Near(Tolerance.Float32, plain.ToDictionary(static p => p.Key, p => p.Value.Select(v => (float)(v * 0.05 / norm)).ToArray()), clipped);
    }

    [Fact]
    public async Task Every_value_of_a_gradient_is_limited()
    {
        var (start, plain) = await PlainAsync();
        Assert.True(plain.Values.SelectMany(static v => v).Max(Math.Abs) > 0.01);
        var clipped = WeightChecks.Change(start, (await TrainAsync([.. OneStep, "--clip-value", "0.005"])).Weights);
        WeightChecks.Near(Tolerance.Float32, plain.ToDictionary(static p => p.Key, static p => p.Value.Select(static v => Math.Clamp(v, -0.005f, 0.005f)).ToArray()), clipped);
    }

    [Theory]
    [InlineData("--clip-norm")]
    [InlineData("--clip-value")]
    public async Task A_limit_that_is_not_reached_changes_nothing(string option) =>
        WeightChecks.Same((await TrainAsync(OneStep)).Weights, (await TrainAsync([.. OneStep, option, "1e6"])).Weights);

    private static async Task<(IReadOnlyDictionary<string, float[]> Start, IReadOnlyDictionary<string, float[]> Change)> PlainAsync()
    {
        var start = (await TrainAsync([.. Mlp, .. Standstill])).Weights;
        return (start, WeightChecks.Change(start, (await TrainAsync(OneStep)).Weights));
    }
}
