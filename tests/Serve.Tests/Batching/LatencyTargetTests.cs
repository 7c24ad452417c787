using Toolchain.Serve.Batching;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.Batching;

public sealed class LatencyTargetTests
{
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    [Fact]
    public async Task A_batch_waits_while_that_pays_and_no_longer()
    {
        var time = new ManualTime();
        await using var test = Primed(time, target: 1000, perRun: 40);
        Assert.Equal(ClosedBy.Idle, (await test.SendAsync(0)).Batch!.ClosedBy);

        // Requests come every 2 ms, and a run costs 40 ms whatever is in it.
        time.Advance(2 * Millisecond);
        var first = test.SendAsync(1);
        time.Advance(2 * Millisecond);
        var second = test.SendAsync(2);
        Assert.False(first.IsCompleted);
        await time.TimerAsync(25 * Millisecond);
        time.Advance(45 * Millisecond);
        Assert.Equal((2, ClosedBy.Delay), ((await first).Batch!.Size, (await second).Batch!.ClosedBy));
    }

    [Fact]
    public async Task The_oldest_request_still_makes_it()
    {
        var time = new ManualTime();
        await using var test = Primed(time, target: 60, perRun: 40);
        await test.SendAsync(0);
        time.Advance(2 * Millisecond);
        var waiting = test.SendAsync(1);
        Assert.False(waiting.IsCompleted);

        // 60 ms are aimed at, of which a tenth is kept for the response and the run takes about 40.
        await time.TimerAsync(16 * Millisecond);
        time.Advance(16 * Millisecond);
        Assert.Equal((1, ClosedBy.Deadline), ((await waiting).Batch!.Size, (await waiting).Batch!.ClosedBy));
    }

    [Fact]
    public async Task Without_a_cost_per_run_nothing_waits()
    {
        var time = new ManualTime();
        await using var test = TestBatcher.Of(TestModels.Echo(1), options: TestBatcher.Options() with { LatencyTarget = TimeSpan.FromSeconds(1) }, time: time);
        for (var i = 1; i < 9; i++)
        {
            test.Batcher.Queue.Learn(1 + (i % 3), (1 + (i % 3)) * (10 * Millisecond).Ticks);
            Assert.Equal(ClosedBy.Idle, (await test.SendAsync(i)).Batch!.ClosedBy);
            time.Advance(Millisecond / 100);
        }
    }

    [Fact]
    public async Task What_cannot_make_it_is_refused_at_the_door_and_a_lone_request_never()
    {
        await using var test = Primed(new ManualTime(), target: 60, perRun: 40);
        test.Hold();
        var waiting = Enumerable.Range(0, 4).Select(i => test.SendAsync(i)).ToList();
        Assert.Null((await test.SendAsync(4)).Outcome);
        test.Resume();
        Assert.All(await Task.WhenAll(waiting), static s => Assert.Equal(RunOutcome.Completed, s.Outcome));

        await using var hopeless = Primed(new ManualTime(), target: 10, perRun: 40);
        Assert.Equal(RunOutcome.Completed, (await hopeless.SendAsync(5)).Outcome);
    }

    [Fact]
    public async Task What_has_waited_too_long_does_not_run()
    {
        var time = new ManualTime();
        await using var test = Primed(time, target: 60, perRun: 40);
        test.Hold();
        var waiting = test.SendAsync(1);
        time.Advance(25 * Millisecond);
        test.Resume();
        Assert.Equal(RunOutcome.Expired, (await waiting).Outcome);
    }

    // Runs that cost 1 ms for each row beside a fixed cost; so many that those of the test, which take no time, hardly count.
    private static TestBatcher Primed(ManualTime time, int target, int perRun)
    {
        var test = TestBatcher.Of(TestModels.Echo(1), options: TestBatcher.Options() with { LatencyTarget = target * Millisecond }, time: time);
        for (var i = 0; i < 200; i++)
        {
            test.Batcher.Queue.Learn(1 + (i % 4), ((perRun + 1 + (i % 4)) * Millisecond).Ticks);
        }

        return test;
    }
}
