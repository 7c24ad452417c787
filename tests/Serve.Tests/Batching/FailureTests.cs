using System.Runtime.InteropServices;
using Toolchain.Graphs;
using Toolchain.Runtime;
using Toolchain.Serve.Batching;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.Batching;

public sealed class FailureTests
{
    private static readonly RowLayout Table = new([new("index", ElementType.Int64, [1])], [new("logits", ElementType.Float32, [1, 2])]);

    [Fact]
    public async Task A_request_on_which_the_model_fails_fails_alone()
    {
        await using var test = TestBatcher.Of(TestModels.Picky());
        test.Hold();
        var waiting = new long[] { 1, 99, 2, 0 }.Select(index => PickAsync(test, index)).ToList();
        test.Resume();
        var answers = await Task.WhenAll(waiting);
        Assert.Equal([RunOutcome.Completed, RunOutcome.Failed, RunOutcome.Completed, RunOutcome.Completed], answers.Select(static a => a.Outcome));
        Assert.Equal([10f, 11f], answers[0].Values);
        Assert.Equal([20f, 21f], answers[2].Values);
        Assert.Contains("could not run the model", answers[1].Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_part_that_fails_fails_the_whole_of_a_split_request_and_nothing_else()
    {
        await using var test = TestBatcher.Of(TestModels.Picky());
        test.Hold();
        Task<(RunOutcome Outcome, float[] Values, string Failure)>[] waiting = [PickAsync(test, 1, 1, 1, 1, 2, 99, 2, 2, 0, 0), PickAsync(test, 2)];
        test.Resume();
        var answers = await Task.WhenAll(waiting);
        Assert.Equal([RunOutcome.Failed, RunOutcome.Completed], answers.Select(static a => a.Outcome));
        Assert.Equal([20f, 21f], answers[1].Values);
        Assert.Equal(0, test.Batcher.Waiting);
        Assert.Equal((float[])[10f, 11f], (await PickAsync(test, 1)).Values);
    }

    [Fact]
    public async Task Many_bad_requests_do_not_give_a_model_up()
    {
        await using var test = TestBatcher.Of(TestModels.Picky());
        for (var i = 0; i < 40; i++)
        {
            Assert.Equal(RunOutcome.Failed, (await PickAsync(test, 50 + i)).Outcome);
        }

        Assert.Null(test.Batcher.Fault);
        Assert.Equal((float[])[0f, 1f], (await PickAsync(test, 0)).Values);
    }

    [Fact]
    public async Task A_model_that_fails_on_everything_is_given_up_with_the_reason()
    {
        await using var test = TestBatcher.Of(TestModels.Broken(), layout: Table);
        while (test.Batcher.Fault is null)
        {
            try
            {
                Assert.Contains((await PickAsync(test, 0)).Outcome, new[] { RunOutcome.Failed, RunOutcome.Unavailable });
            }
            catch (ToolchainException refusal) when (refusal.Kind == ErrorKind.Unavailable)
            {
            }
        }

        Assert.StartsWith("Model broken is unavailable. Its runs fail, that of a row of zeros too", await test.Batcher.Faulted, StringComparison.Ordinal);
        Assert.Equal(test.Batcher.Fault, Assert.Throws<ToolchainException>(() => test.Batcher.TryEnter(new(1))).Message);
    }

    [Fact]
    public async Task A_model_that_fails_while_it_is_warmed_is_not_taken()
    {
        await using var test = TestBatcher.Of(TestModels.Broken(), layout: Table);
        Assert.Contains("could not run the model", Assert.Throws<ToolchainException>(test.Batcher.WarmUp).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_hangs_gives_the_model_up_and_its_rows_stay_until_it_ends()
    {
        var time = new ManualTime();
        var options = TestBatcher.Options(32) with { RunTimeout = TimeSpan.FromSeconds(20) };
        await using var test = TestBatcher.Of(TestModels.Long(), 32, options: options, time: time);
        var hanging = RowsAsync(test, 32);
        await Eventually.Async(() => test.Batcher.Waiting == 0);
        var waiting = RowsAsync(test, 2);
        Assert.False(hanging.IsCompleted);

        await Eventually.Async(() =>
        {
            time.Advance(TimeSpan.FromSeconds(30));
            return test.Batcher.Fault is not null;
        });
        Assert.Equal(RunOutcome.Unavailable, await hanging);
        Assert.Equal(RunOutcome.Unavailable, await waiting);
        Assert.Contains("A run of 32 rows did not end within 20 s.", test.Batcher.Fault, StringComparison.Ordinal);

        // Other models have the permit of the run, which has been asked to end.
        Assert.True(test.Permits.TryEnter());
        test.Permits.Exit();
        var isUnused = false;
        test.Batcher.Queue.WhenUnused(() => Volatile.Write(ref isUnused, true));
        await Eventually.Async(() => Volatile.Read(ref isUnused));
        await test.Batcher.StopAsync();
    }

    [Fact]
    public async Task A_run_that_takes_its_time_within_the_limit_is_left_alone()
    {
        var time = new ManualTime();
        await using var test = TestBatcher.Of(TestModels.Long(products: 20), 32, options: TestBatcher.Options(32) with { RunTimeout = TimeSpan.FromSeconds(20) }, time: time);
        var running = RowsAsync(test, 32);
        time.Advance(TimeSpan.FromSeconds(19));
        Assert.Equal(RunOutcome.Completed, await running);
        time.Advance(TimeSpan.FromSeconds(100));
        Assert.Null(test.Batcher.Fault);
    }

    private static async Task<RunOutcome> RowsAsync(TestBatcher test, int rows) => (await test.SendAsync(1, rows)).Outcome!.Value;

    private static async Task<(RunOutcome Outcome, float[] Values, string Failure)> PickAsync(TestBatcher test, params long[] indices)
    {
        using var lease = test.Batcher.TryEnter(new(indices.Length))!;
        await lease.TakeRowsAsync();
        MemoryMarshal.AsBytes<long>(indices).CopyTo(lease.Input(0));
        var outcome = await lease.RunAsync();
        return (outcome, outcome == RunOutcome.Completed ? MemoryMarshal.Cast<byte, float>(lease.Output(0)).ToArray() : [], lease.Failure);
    }
}
