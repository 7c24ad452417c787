using Toolchain.Serve.Batching;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.Batching;

public sealed class PriorityTests
{
    [Fact]
    public async Task Higher_levels_run_first_and_within_a_level_who_came_first()
    {
        var sent = await OrderOf([(1, 0), (2, 9), (3, 1), (4, 0), (5, 1), (6, 4), (7, 99)]);
        Assert.Equal([3, 5, 6, 1, 4, 7, 2], sent);
    }

    [Fact]
    public async Task Nobody_waits_forever_behind_higher_levels()
    {
        var time = new ManualTime { IsTicking = true };
        await using var test = TestBatcher.Of(TestModels.Echo(1), maxBatchSize: 1, time: time);
        test.Hold();
        List<Task<Sent>> waiting = [test.SendAsync(1, priority: 6), test.SendAsync(2, priority: 5)];
        for (var i = 0; i < 3; i++)
        {
            // Each step makes the request of the lower level worth one level more.
            time.Advance(RequestPriority.Step * 0.6);
            waiting.Add(test.SendAsync(3 + i, priority: 5));
        }

        Assert.Equal([2, 3, 1, 4, 5], await Order(test, waiting));
    }

    [Fact]
    public async Task Higher_levels_come_first_in_the_line_for_rows_too()
    {
        await using var test = TestBatcher.Of(TestModels.Echo(1), maxBatchSize: 1, time: new ManualTime { IsTicking = true });
        test.Hold();
        var all = test.Batcher.MaxRequestRows;
        Task<Sent>[] waiting = [test.SendAsync(1, all), test.SendAsync(2, all), test.SendAsync(3, all, priority: 1), test.SendAsync(4, all)];
        Assert.Equal([1, 3, 2, 4], await Order(test, waiting));
    }

    [Fact]
    public async Task Rows_that_lie_between_come_along_whatever_their_level()
    {
        await using var test = TestBatcher.Of(TestModels.Echo(1), time: new ManualTime());
        test.Hold();
        Task<Sent>[] waiting = [test.SendAsync(1, priority: 9), test.SendAsync(2, priority: 1), test.SendAsync(3, priority: 1), test.SendAsync(4, priority: 9), test.SendAsync(5, priority: 1)];
        test.Resume();
        var sent = await Task.WhenAll(waiting);
        Assert.Equal([1, 4, 4, 4, 4], sent.Select(static s => s.Batch!.Size));
    }

    private static async Task<IEnumerable<int>> OrderOf(IEnumerable<(int Tag, int Priority)> requests)
    {
        await using var test = TestBatcher.Of(TestModels.Echo(1), maxBatchSize: 1, time: new ManualTime { IsTicking = true });
        test.Hold();
        return await Order(test, [.. requests.Select(r => test.SendAsync(r.Tag, priority: r.Priority))]);
    }

    // One instance runs them one after another.
    private static async Task<IEnumerable<int>> Order(TestBatcher test, IReadOnlyList<Task<Sent>> waiting)
    {
        test.Resume();
        return [.. (await Task.WhenAll(waiting)).OrderBy(static s => s.Started).Select(static s => (int)s.Tag)];
    }
}
