using Toolchain.Train.Loop;
using Toolchain.Train.Tests.Support;
using static Toolchain.Train.Tests.Support.TinyRuns;

namespace Toolchain.Train.Tests.Techniques;

/// <summary><c>--batch auto</c>.</summary>
public sealed class BatchSizeTests
{
    private const long MiB = 1L << 20;

    [Theory]
    [InlineData(10_000, 10, 4096, 512, "a step with 512 takes 5120 MiB of 10000 MiB that are free")]
    [InlineData(10_000, 10, 300, 256, "a step with 256 takes 2560 MiB of 10000 MiB that are free; more than 300 are never taken")]
    [InlineData(100, 10, 4096, 8, "a step with 8 takes 80 MiB of 100 MiB that are free")]
    [InlineData(99, 10, 4096, 0, "a step with 8 takes 80 MiB of 99 MiB that are free")]
    public void The_largest_power_of_two_stays_within_four_fifths_of_free_memory(long free, long perSample, int limit, int batch, string reason) =>
        Assert.Equal((batch, reason), BatchSizeSearch.WhileMemoryLasts(n => n * perSample * MiB, free * MiB, limit));

    [Fact]
    public void No_batch_is_tried_that_would_not_fit()
    {
        var tried = new List<int>();
        BatchSizeSearch.WhileMemoryLasts(n =>
        {
            tried.Add(n);
            return n * MiB;
        }, 100 * MiB, 4096);
        Assert.Equal([8, 16, 32, 64], tried);
    }

    [Fact]
    public void Memory_that_grows_faster_than_the_batch_costs_a_halving() =>
        Assert.Equal(16, BatchSizeSearch.WhileMemoryLasts(static n => (long)n * n * MiB, 1000 * MiB, 4096).Batch);

    [Fact]
    public async Task The_batch_that_was_found_is_used_said_and_recorded()
    {
        var run = await TrainAsync([.. Mlp, "--batch", "auto", "--epochs", "1", "--validation", "0"]);
        var batch = (int)run.Answer.Result["batch"]!;
        Assert.True(int.IsPow2(batch) && batch is >= 8 and <= 128);
        Assert.Contains(FormattableString.Invariant($"batch {batch}: a step with "), run.Answer.Error, StringComparison.Ordinal);
        Assert.Equal(128 / batch, (int)run.Answer.Result["steps"]!);
        Assert.Equal(batch, run.Version.Manifest.Training!.Recipe["batch"].GetInt32());
        WeightChecks.Same((await TrainAsync([.. Mlp, "--batch", FormattableString.Invariant($"{batch}"), "--epochs", "1", "--validation", "0"])).Weights, run.Weights);
    }
}
