using Toolchain.Serve.Metrics;

namespace Toolchain.Serve.Tests.Metrics;

public sealed class ModelStatisticsTests
{
    [Fact]
    public void A_value_falls_into_the_bucket_whose_bound_it_does_not_exceed()
    {
        var histogram = new Histogram([1, 10, 100]);

        foreach (var value in new long[] { 0, 1, 2, 10, 11, 100, 101, 5000 })
        {
            histogram.Observe(value);
        }

        var counts = histogram.Read();
        Assert.Equal([2L, 2L, 2L, 2L], counts.Counts.AsEnumerable());
        Assert.Equal((8L, 5225L), (counts.Count, counts.Sum));
    }

    [Fact]
    public void Requests_batches_and_failures_add_up()
    {
        var statistics = new ModelStatistics(8, TimeProvider.System);
        Assert.Null(statistics.Snapshot().LastInference);

        statistics.Succeeded(3, Ms(1), Ms(2), Ms(3), Ms(4), Ms(10));
        statistics.Succeeded(1, Ms(1), Ms(2), Ms(3), Ms(4), Ms(10));
        statistics.BatchRan(4, Ms(0), Ms(3), Ms(0));
        statistics.BatchRan(4, Ms(0), Ms(5), Ms(0));
        statistics.BatchRan(8, Ms(0), Ms(7), Ms(0));
        statistics.Failed(FailureReason.Rejected, Ms(1));
        statistics.Failed(FailureReason.Backend, Ms(2));
        statistics.Failed(FailureReason.Backend, Ms(2));

        var snapshot = statistics.Snapshot();
        Assert.Equal((4L, 3L), (snapshot.InferenceCount, snapshot.ExecutionCount));
        Assert.Equal((new(2, Ms(20)), new(3, Ms(5))), (snapshot.Success, snapshot.Fail));
        Assert.Equal((new(2, Ms(2)), new(2, Ms(4)), new(2, Ms(6)), new(2, Ms(8))), (snapshot.Queue, snapshot.ComputeInput, snapshot.ComputeInfer, snapshot.ComputeOutput));
        Assert.Equal(20_000_000, snapshot.Success.Nanoseconds);
        Assert.Equal([(4, new DurationTotal(2, Ms(8))), (8, new DurationTotal(1, Ms(7)))], snapshot.Batches.Select(b => (b.Size, b.Infer)));
        Assert.Equal([("REJECTED", 1L), ("CANCELED", 0L), ("BACKEND", 2L), ("OTHER", 0L)], snapshot.Failures.Select(f => (f.Key.Text(), f.Value)));
        Assert.NotNull(snapshot.LastInference);
    }

    [Fact]
    public async Task Nothing_is_lost_when_many_count_at_once()
    {
        const int Each = 20_000;
        var statistics = new ModelStatistics(2, TimeProvider.System);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                statistics.Succeeded(1, Ms(1), Ms(1), Ms(1), Ms(1), Ms(i % 3));
                statistics.BatchRan(1 + (i % 2), Ms(0), Ms(1), Ms(0));
                statistics.Failed(FailureReason.Other, Ms(1));
            }
        })));

        var snapshot = statistics.Snapshot();
        Assert.Equal((4L * Each, 4L * Each, 4L * Each), (snapshot.InferenceCount, snapshot.ExecutionCount, snapshot.Success.Count));
        Assert.Equal(new(4L * Each, Ms(4 * Each)), snapshot.Fail);
        Assert.Equal(statistics.Request.Read().Count, snapshot.Success.Count);
    }

    [Fact]
    public void Counting_allocates_nothing()
    {
        var statistics = new ModelStatistics(2, TimeProvider.System);

        Allocated.AtMost(0, () =>
        {
            for (var i = 0; i < 100; i++)
            {
                Count();
            }
        });

        void Count()
        {
            statistics.Succeeded(1, Ms(1), Ms(1), Ms(1), Ms(1), Ms(1));
            statistics.BatchRan(1, Ms(0), Ms(1), Ms(0));
            statistics.Failed(FailureReason.Other, Ms(1));
        }
    }

    private static TimeSpan Ms(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds);
}
