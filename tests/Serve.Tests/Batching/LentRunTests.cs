using Toolchain.Serve.Batching;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.Batching;

/// <summary>Runs that are shorter than changing threads happen on the thread of the request.</summary>
public sealed class LentRunTests
{
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    [Fact]
    public async Task A_short_run_is_over_before_the_request_waits_for_it()
    {
        await using var test = TestBatcher.Of(TestModels.Echo(1), time: new ManualTime());
        test.Batcher.Queue.Learn(1, 1);
        await Eventually.Async(() => RunsHere(test));
        Assert.Equal(3f, (await test.SendAsync(3)).Values.Single());
    }

    [Fact]
    public async Task A_long_run_is_left_to_the_instance()
    {
        await using var test = TestBatcher.Of(TestModels.Echo(1), time: new ManualTime());
        for (var i = 0; i < 20; i++)
        {
            // Often enough that the run of no time at all does not count.
            test.Batcher.Queue.Learn(1, (50 * Millisecond).Ticks);
            Assert.False(RunsHere(test));
        }
    }

    [Fact]
    public async Task What_comes_while_the_instance_is_lent_runs_afterwards_and_a_stop_waits_for_the_run()
    {
        await using var test = TestBatcher.Of(TestModels.Echo(1), time: new ManualTime());
        test.Batcher.Queue.Learn(1, 1);
        await Eventually.Async(() => RunsHere(test));
        using var entered = new SemaphoreSlim(0);
        using var leave = new SemaphoreSlim(0);
        test.Batcher.BatchRan = (_, _) =>
        {
            entered.Release();
            leave.Wait();
        };
        var first = Task.Run(() => test.SendAsync(1));
        await entered.WaitAsync();
        var second = test.SendAsync(2);
        Assert.False(second.IsCompleted);
        leave.Release();
        await entered.WaitAsync();
        var stop = test.Batcher.StopAsync();
        Assert.False(stop.IsCompleted);
        leave.Release();
        await stop;
        Assert.Equal((1f, 2f), ((await first).Values.Single(), (await second).Values.Single()));
    }

    [Fact]
    public async Task Without_a_permit_nothing_is_lent()
    {
        await using var test = TestBatcher.Of(TestModels.Echo(1), time: new ManualTime());
        test.Batcher.Queue.Learn(1, 1);
        await Eventually.Async(() => RunsHere(test));
        test.Hold();
        var waiting = test.SendAsync(5);
        Assert.False(waiting.IsCompleted);
        test.Resume();
        Assert.Equal(5f, (await waiting).Values.Single());
        Assert.Equal(0, test.Permits.Waiting);
    }

    // Whether a run begins and ends within the call that hands the rows over.
    private static bool RunsHere(TestBatcher test)
    {
        var thread = 0;
        test.Batcher.BatchRan = (_, _) => Volatile.Write(ref thread, Environment.CurrentManagedThreadId);
        using var lease = test.Batcher.TryEnter(new(1))!;
        var run = Run(lease);
        var isOver = run.IsCompleted && Volatile.Read(ref thread) == Environment.CurrentManagedThreadId;
        Assert.Equal(RunOutcome.Completed, run.GetAwaiter().GetResult());
        return isOver;
    }

    private static async Task<RunOutcome> Run(RowLease lease)
    {
        await lease.TakeRowsAsync();
        return await lease.RunAsync();
    }
}
