using Toolchain.Serve.Batching;

namespace Toolchain.Serve.Tests.Batching;

public sealed class RowAllocatorTests
{
    [Fact]
    public async Task Rows_lie_side_by_side_and_the_lowest_free_ones_are_taken()
    {
        var rows = new RowAllocator(8);
        Assert.Equal(0, await rows.TakeAsync(3, default));
        Assert.Equal(3, await rows.TakeAsync(1, default));
        Assert.Equal(4, await rows.TakeAsync(4, default));
        rows.Free(0, 3);
        Assert.Equal(0, await rows.TakeAsync(2, default));
        Assert.Equal(2, await rows.TakeAsync(1, default));
    }

    [Fact]
    public async Task Who_waits_for_many_rows_is_not_overtaken_by_who_needs_few()
    {
        var rows = new RowAllocator(4);
        await rows.TakeAsync(3, default);
        var many = rows.TakeAsync(4, default).AsTask();
        var few = rows.TakeAsync(1, default).AsTask();
        Assert.False(few.IsCompleted);

        rows.Free(0, 3);
        Assert.Equal(0, await many);
        Assert.False(few.IsCompleted);
        rows.Free(0, 4);
        Assert.Equal(0, await few);
    }

    [Fact]
    public async Task Giving_up_lets_the_next_in_line_through()
    {
        var rows = new RowAllocator(4);
        await rows.TakeAsync(2, default);
        using var cancellation = new CancellationTokenSource();
        var many = rows.TakeAsync(4, cancellation.Token).AsTask();
        var few = rows.TakeAsync(2, default).AsTask();

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => many);
        Assert.Equal(2, await few);
    }

    [Fact]
    public async Task It_says_when_nothing_is_taken_any_more()
    {
        var rows = new RowAllocator(2);
        var first = await rows.TakeAsync(2, default);
        var empty = false;
        rows.WhenEmpty(() => empty = true);
        Assert.False(empty);
        rows.Free(first, 2);
        Assert.True(empty);
    }

    [Fact]
    public async Task No_row_is_ever_given_to_two()
    {
        var rows = new RowAllocator(16);
        var owners = new int[16];
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            var random = new SeededRandom(worker);
            for (var i = 0; i < 2000; i++)
            {
                var count = 1 + random.Below(6);
                var first = await rows.TakeAsync(count, default);
                for (var row = first; row < first + count; row++)
                {
                    Assert.Equal(1, Interlocked.Increment(ref owners[row]));
                }

                await Task.Yield();
                for (var row = first; row < first + count; row++)
                {
                    Interlocked.Decrement(ref owners[row]);
                }

                rows.Free(first, count);
            }
        })));
        Assert.Equal(0, await rows.TakeAsync(16, default));
    }
}
