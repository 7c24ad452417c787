using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Engine.Tests;

[Collection("alone")]
public sealed class RandomTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void The_same_seed_gives_the_same_numbers()
    {
        manual_seed(42);
        var first = randn(5);
        manual_seed(42);
        Assert.True(first.Equals(randn(5)));
        Assert.False(first.Equals(randn(5)));
        Assert.Equal(42, initial_seed());
    }

    [Fact]
    public void The_state_is_saved_and_restored()
    {
        manual_seed(1);
        _ = rand(3);
        var state = get_rng_state();
        var expected = rand(1000);
        set_rng_state(state);
        Assert.True(expected.Equals(rand(1000)));
    }

    [Fact]
    public void Generators_are_independent_of_the_default_one()
    {
        manual_seed(3);
        var expected = rand(4);
        manual_seed(3);
        using var own = new Generator(9);
        var drawn = randperm(10, null, null, false, own);
        Assert.True(expected.Equals(rand(4)));
        using var state = own.get_state();
        var next = rand([4], generator: own);
        own.set_state(state);
        Assert.True(next.Equals(rand([4], generator: own)));
        Assert.Equal(Enumerable.Range(0, 10).Select(i => (long)i), drawn.data<long>().Order());
        Assert.Equal(9, own.initial_seed());
        own.manual_seed(9);
        Assert.True(drawn.Equals(randperm(10, null, null, false, own)));
    }

    [Fact]
    public void Distributions_stay_in_their_bounds()
    {
        manual_seed(5);
        var uniform = rand(1000);
        Assert.InRange(uniform.min().ToSingle(), 0, 1);
        Assert.InRange(uniform.max().ToSingle(), 0, 1);
        var integers = randint(3, 7, [1000]);
        Assert.Equal((3L, 6L), (integers.min().ToInt64(), integers.max().ToInt64()));
        var truncated = nn.init.trunc_normal_(empty(10000), 1, 2, -1, 3);
        Assert.InRange(truncated.min().ToSingle(), -1, -0.9f);
        Assert.InRange(truncated.max().ToSingle(), 2.9f, 3);
        Assert.Equal(1, truncated.mean().ToDouble(), 0.05);
    }

    [Fact]
    public void Initial_values_have_the_deviation_of_the_papers()
    {
        manual_seed(6);
        var weights = empty(64, 32, 3, 3);
        Assert.Same(weights, nn.init.kaiming_normal_(weights, 0, nn.init.FanInOut.FanOut, nn.init.NonlinearityType.ReLU));
        Assert.Equal(Math.Sqrt(2.0 / (64 * 9)), weights.std().ToDouble(), 1e-3);
        var bound = Math.Sqrt(6.0 / (1 + 5) / (32 * 9));
        nn.init.kaiming_uniform_(weights, Math.Sqrt(5));
        Assert.InRange(weights.abs().max().ToDouble(), 0.99 * bound, bound);
        nn.init.xavier_normal_(weights);
        Assert.Equal(Math.Sqrt(2.0 / (96 * 9)), weights.std().ToDouble(), 1e-3);
        nn.init.xavier_uniform_(weights);
        Assert.Equal(Math.Sqrt(2.0 / (96 * 9)), weights.std().ToDouble(), 1e-3);
        var square = nn.init.orthogonal_(empty(8, 8), 2);
        Approximately.Equal([.. Enumerable.Range(0, 64).Select(i => i % 9 == 0 ? 4.0 : 0)], square.mm(square.t()));
        Assert.Equal([4, 2, 3], nn.init.orthogonal_(empty(4, 2, 3)).shape);
        Assert.Equal(5 / 3.0, nn.init.calculate_gain(nn.init.NonlinearityType.Tanh));
        Approximately.Equal([2, 2], nn.init.constant_(nn.Parameter(zeros(2)), 2));
        Assert.Equal(ScalarType.BFloat16, nn.init.normal_(empty([4], ScalarType.BFloat16)).dtype);
    }
}
