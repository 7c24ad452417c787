using Toolchain.Serve.Batching;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.Batching;

public sealed class WaitingTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Who_waits_for_many_rows_is_not_overtaken_by_who_needs_few()
    {
        await using var test = TestBatcher.Of(TestModels.Echo(1), time: new ManualTime());
        var rows = test.Batcher.MaxRequestRows;
        using var holder = Enter(test, rows - 1);
        await holder.TakeRowsAsync();
        using var many = Enter(test, rows);
        var granted = many.TakeRowsAsync().AsTask();
        using var few = Enter(test, 1);
        var later = few.TakeRowsAsync().AsTask();
        Assert.False(granted.IsCompleted || later.IsCompleted);

        holder.Dispose();
        await granted;
        Assert.Equal((0, false), (many.First, later.IsCompleted));
        many.Dispose();
        await later;
        Assert.Equal(0, few.First);
    }

    [Fact]
    public async Task Giving_up_lets_the_next_in_line_through()
    {
        await using var test = TestBatcher.Of(TestModels.Echo(1), time: new ManualTime());
        var rows = test.Batcher.MaxRequestRows;
        using var holder = Enter(test, rows - 1);
        await holder.TakeRowsAsync();
        using var leaving = new CancellationTokenSource();
        using var many = Enter(test, rows, cancellation: leaving.Token);
        var granted = many.TakeRowsAsync().AsTask();
        using var few = Enter(test, 1);
        var later = few.TakeRowsAsync().AsTask();

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => granted);
        await later;
        Assert.Equal(rows - 1, few.First);
    }

    [Fact]
    public async Task Who_went_away_before_standing_in_line_gets_no_rows()
    {
        await using var test = TestBatcher.Of(TestModels.Echo(1), time: new ManualTime());
        using var holder = Enter(test, test.Batcher.MaxRequestRows);
        await holder.TakeRowsAsync();
        using var gone = Enter(test, 1, cancellation: new(canceled: true));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone.TakeRowsAsync().AsTask());
    }

    [Fact]
    public async Task Deadlines_pass_while_the_model_is_busy_and_nobody_waits_longer()
    {
        var time = new ManualTime();
        await using var test = TestBatcher.Of(TestModels.Echo(1), options: TestBatcher.Options() with { QueueTimeout = 2 * Second }, time: time);
        test.Hold();
        Task<Sent>[] waiting = [test.SendAsync(0, timeout: Second), test.SendAsync(1), test.SendAsync(2, timeout: 9 * Second), test.SendAsync(3, timeout: Timeout.InfiniteTimeSpan)];
        time.Advance(1.01 * Second);
        Assert.Equal(RunOutcome.Expired, (await waiting[0]).Outcome);
        Assert.False(waiting[1].IsCompleted);
        time.Advance(Second);
        Assert.Equal(RunOutcome.Expired, (await waiting[1]).Outcome);
        test.Resume();
        Assert.Equal([RunOutcome.Completed, RunOutcome.Completed], (await Task.WhenAll(waiting[2..])).Select(static s => s.Outcome!.Value));
        Assert.Equal(0, test.Batcher.Waiting);
    }

    [Fact]
    public async Task A_deadline_passes_in_the_line_for_rows_too()
    {
        var time = new ManualTime();
        await using var test = TestBatcher.Of(TestModels.Echo(1), time: time);
        using var holder = Enter(test, test.Batcher.MaxRequestRows);
        await holder.TakeRowsAsync();
        using var waiting = Enter(test, 1, timeout: Second);
        var granted = waiting.TakeRowsAsync().AsTask();
        time.Advance(1.01 * Second);
        var refusal = await Assert.ThrowsAsync<ToolchainException>(() => granted);
        Assert.Equal((ErrorKind.Unavailable, "Request timeout expired"), (refusal.Kind, refusal.Message));
    }

    [Fact]
    public async Task Who_went_away_is_not_run()
    {
        await using var test = TestBatcher.Of(TestModels.Echo(1), time: new ManualTime());
        var rows = 0;
        test.Batcher.BatchRan = (size, _) => Interlocked.Add(ref rows, size);
        using var leaving = new CancellationTokenSource();
        test.Hold();
        Task<Sent>[] waiting = [test.SendAsync(0), test.SendAsync(1, cancellation: leaving.Token), test.SendAsync(2), test.SendAsync(3, rows: 9, cancellation: leaving.Token)];
        await leaving.CancelAsync();
        test.Resume();
        Assert.Equal([RunOutcome.Completed, RunOutcome.Cancelled, RunOutcome.Completed, RunOutcome.Cancelled], (await Task.WhenAll(waiting)).Select(static s => s.Outcome!.Value));
        Assert.Equal(2, Volatile.Read(ref rows));
    }

    [Fact]
    public async Task The_queue_is_bounded_by_requests_and_by_bytes()
    {
        await using var test = TestBatcher.Of(TestModels.Echo(1), options: TestBatcher.Options() with { MaxQueueSize = 3, MaxQueueBytes = 100 }, time: new ManualTime());
        using var first = test.Batcher.TryEnter(new(1, Bytes: 500));
        Assert.NotNull(first);
        Assert.Null(test.Batcher.TryEnter(new(1, Bytes: 1)));
        first.Dispose();
        using var half = test.Batcher.TryEnter(new(1, Bytes: 50));
        using var whole = test.Batcher.TryEnter(new(1, Bytes: 50));
        Assert.Null(test.Batcher.TryEnter(new(1, Bytes: 1)));
        using var empty = test.Batcher.TryEnter(new(1));
        Assert.True(half is not null && whole is not null && empty is not null && test.Batcher.IsFull);
        Assert.Null(test.Batcher.TryEnter(new(1)));
        Assert.Equal(3, test.Batcher.Waiting);
    }

    [Fact]
    public async Task Stopping_tells_everybody_who_waits()
    {
        await using var test = TestBatcher.Of(TestModels.Echo(1), time: new ManualTime());
        test.Hold();
        var ready = test.SendAsync(1);
        using var filling = Enter(test, test.Batcher.MaxRequestRows - 1);
        await filling.TakeRowsAsync();
        using var inLine = Enter(test, 1);
        var granted = inLine.TakeRowsAsync().AsTask();

        var stopped = test.Batcher.StopAsync();
        Assert.Equal(RunOutcome.Stopped, (await ready).Outcome);
        Assert.Equal(RunOutcome.Stopped, await filling.RunAsync());
        Assert.Equal(ErrorKind.Unavailable, (await Assert.ThrowsAsync<ToolchainException>(() => granted)).Kind);
        test.Resume();
        await stopped;
    }

    private static RowLease Enter(TestBatcher test, int rows, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        test.Batcher.TryEnter(new(rows, timeout, Cancellation: cancellation))!;
}
