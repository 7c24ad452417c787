using Toolchain.Serve.Batching;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.Batching;

public sealed class BatchFormingTests
{
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    [Fact]
    public async Task A_lone_request_runs_although_no_time_passes()
    {
        await using var test = TestBatcher.Of(TestModels.Echo(1), time: new ManualTime());
        var sent = await test.SendAsync(7);
        Assert.Equal((RunOutcome.Completed, 7f), (sent.Outcome, sent.Values.Single()));
        Assert.Equal(new BatchReport(1, 1, ClosedBy.Idle, 0, 0, 0), sent.Batch);
    }

    [Fact]
    public async Task What_is_ready_when_the_model_becomes_free_runs_together()
    {
        await using var test = TestBatcher.Of(TestModels.Echo(1), time: new ManualTime());
        test.Hold();
        var waiting = Enumerable.Range(0, 6).Select(i => test.SendAsync(10 * i)).ToList();
        test.Resume();
        var sent = await Task.WhenAll(waiting);
        Assert.Equal([4, 4, 4, 4, 2, 2], sent.Select(static s => s.Batch!.Size));
        Assert.Equal([ClosedBy.Full, ClosedBy.Full, ClosedBy.Full, ClosedBy.Full, ClosedBy.Idle, ClosedBy.Idle], sent.Select(static s => s.Batch!.ClosedBy));
        Assert.Equal([4, 2], sent.Select(static s => s.Batch!.Requests).Distinct());
        Assert.All(sent, static s => Assert.Equal([s.Tag], s.Values));
    }

    [Fact]
    public async Task A_request_that_does_not_fit_is_left_for_the_next_batch_whole()
    {
        await using var test = TestBatcher.Of(TestModels.Echo(1), time: new ManualTime());
        test.Hold();
        Task<Sent>[] waiting = [test.SendAsync(0, rows: 3), test.SendAsync(10, rows: 2), test.SendAsync(20)];
        test.Resume();
        var sent = await Task.WhenAll(waiting);
        Assert.Equal([3, 3, 3], sent.Select(static s => s.Batch!.Size));
        Assert.Equal([1, 2, 2], sent.Select(static s => s.Batch!.Requests));
        Assert.Equal([10f, 11f], sent[1].Values);
    }

    [Fact]
    public async Task Only_an_explicit_delay_makes_a_batch_wait_and_a_full_one_waits_no_longer()
    {
        var time = new ManualTime();
        await using var test = TestBatcher.Of(TestModels.Echo(1), options: TestBatcher.Options() with { MaxQueueDelay = 10 * Millisecond }, time: time);
        var lone = test.SendAsync(1);
        await time.TimerAsync(11 * Millisecond);
        time.Advance(9 * Millisecond);
        Assert.False(lone.IsCompleted);
        time.Advance(2 * Millisecond);
        Assert.Equal((1, ClosedBy.Delay, 11), ((await lone).Batch!.Size, (await lone).Batch!.ClosedBy, (await lone).Batch!.QueueMs));

        var full = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => test.SendAsync(i)));
        Assert.All(full, static s => Assert.Equal((4, ClosedBy.Full), (s.Batch!.Size, s.Batch.ClosedBy)));
    }

    [Fact]
    public async Task A_delay_ends_before_it_costs_a_request_its_deadline()
    {
        var time = new ManualTime();
        await using var test = TestBatcher.Of(TestModels.Echo(1), options: TestBatcher.Options() with { MaxQueueDelay = TimeSpan.FromSeconds(5) }, time: time);
        test.Batcher.Queue.Learn(1, (20 * Millisecond).Ticks);
        test.Batcher.Queue.Learn(4, (20 * Millisecond).Ticks);
        var patient = test.SendAsync(1);
        var hasty = test.SendAsync(2, timeout: 100 * Millisecond);
        await time.TimerAsync(85 * Millisecond);
        time.Advance(50 * Millisecond);
        Assert.False(hasty.IsCompleted);
        time.Advance(35 * Millisecond);
        Assert.Equal((2, ClosedBy.Deadline), ((await hasty).Batch!.Size, (await hasty).Batch!.ClosedBy));
        Assert.Equal(RunOutcome.Completed, (await patient).Outcome);
    }

    [Fact]
    public async Task Preferred_sizes_are_kept_as_far_as_there_are_rows()
    {
        var options = TestBatcher.Options(8) with { PreferredBatchSizes = [2, 4] };
        await using var test = TestBatcher.Of(TestModels.Echo(1), 8, options: options, time: new ManualTime());
        test.Hold();
        var waiting = Enumerable.Range(0, 7).Select(i => test.SendAsync(i)).ToList();
        test.Resume();
        var sent = await Task.WhenAll(waiting);
        Assert.Equal([4, 4, 4, 4, 2, 2, 1], sent.Select(static s => s.Batch!.Size));
        Assert.Equal([ClosedBy.Preferred, ClosedBy.Preferred, ClosedBy.Idle], sent.Select(static s => s.Batch!).DistinctBy(static b => b.Size).Select(static b => b.ClosedBy));
    }

    [Fact]
    public async Task A_delay_waits_for_a_preferred_size_only()
    {
        var options = TestBatcher.Options(8) with { PreferredBatchSizes = [3], MaxQueueDelay = TimeSpan.FromSeconds(1) };
        await using var test = TestBatcher.Of(TestModels.Echo(1), 8, options: options, time: new ManualTime());
        var sent = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => test.SendAsync(i)));
        Assert.All(sent, static s => Assert.Equal((3, ClosedBy.Preferred), (s.Batch!.Size, s.Batch.ClosedBy)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_request_larger_than_a_batch_runs_in_several_and_comes_back_as_one(int instances)
    {
        await using var test = TestBatcher.Of(TestModels.Echo(1), instances: instances);
        var (batches, rows) = (0, 0);
        test.Batcher.BatchRan = (size, _) =>
        {
            Interlocked.Increment(ref batches);
            Interlocked.Add(ref rows, size);
        };
        var sent = await test.SendAsync(5, rows: 14);
        Assert.Equal(RunOutcome.Completed, sent.Outcome);
        Assert.Equal(TestBatcher.Expected(5, 14), sent.Values);
        Assert.Equal((4, ClosedBy.Full), (sent.Batch!.Size, sent.Batch.ClosedBy));
        Assert.Equal((4, 14), (Volatile.Read(ref batches), Volatile.Read(ref rows)));
    }

    [Fact]
    public async Task The_rest_of_a_split_request_shares_its_batch()
    {
        await using var test = TestBatcher.Of(TestModels.Echo(1), time: new ManualTime());
        test.Hold();
        Task<Sent>[] waiting = [test.SendAsync(100, rows: 6), test.SendAsync(200, rows: 2)];
        test.Resume();
        var sent = await Task.WhenAll(waiting);
        Assert.Equal(TestBatcher.Expected(100, 6), sent[0].Values);
        Assert.Equal((4, 2), (sent[1].Batch!.Size, sent[1].Batch!.Requests));
    }

    [Fact]
    public async Task The_largest_request_uses_the_whole_buffer_and_a_larger_one_is_a_mistake()
    {
        await using var test = TestBatcher.Of(TestModels.Echo(1));
        var most = test.Batcher.MaxRequestRows;
        Assert.True(most > test.Batcher.MaxBatchSize);
        Assert.Equal(TestBatcher.Expected(0, most), (await test.SendAsync(0, rows: most)).Values);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => test.SendAsync(0, rows: most + 1));
    }
}
