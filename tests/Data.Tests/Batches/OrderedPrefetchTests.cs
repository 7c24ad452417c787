using System.Collections.Concurrent;

namespace Toolchain.Data.Tests;

public sealed class OrderedPrefetchTests
{
    private readonly ConcurrentDictionary<int, Item> _items = new();

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 2)]
    [InlineData(4, 16)]
    public void Items_come_in_order_whatever_the_threads_do(int workers, int ahead)
    {
        using var prefetch = Start(200, workers, ahead);
        for (var number = 0; number < 200; number++)
            Assert.Equal(number, prefetch.Next()!.Number);
        Assert.Null(prefetch.Next());
    }

    [Fact]
    public void No_more_than_the_bound_is_prepared_ahead()
    {
        using var reached = new CountdownEvent(3);
        using (var prefetch = new OrderedPrefetch<Item>(100, workers: 2, ahead: 3, Counted, default))
        {
            reached.Wait();
            Assert.Equal(3, _items.Count);
            prefetch.Next()!.Dispose();
        }

        Assert.InRange(_items.Count, 3, 4);

        Item Counted(int number)
        {
            var item = Make(number);
            if (reached.CurrentCount > 0)
                reached.Signal();
            return item;
        }
    }

    [Fact]
    public void A_failure_reaches_the_consumer_in_its_place()
    {
        using var prefetch = new OrderedPrefetch<Item>(10, 2, 4, number => number == 5 ? throw new InvalidOperationException("item five") : Make(number), default);
        for (var number = 0; number < 5; number++)
            Assert.Equal(number, prefetch.Next()!.Number);
        Assert.Equal("item five", Assert.Throws<InvalidOperationException>(() => prefetch.Next()).Message);
    }

    [Fact]
    public void Disposing_early_disposes_every_item_that_was_not_taken()
    {
        var prefetch = Start(1_000, workers: 3, ahead: 8);
        var taken = prefetch.Next()!;
        prefetch.Dispose();
        Assert.InRange(_items.Count, 1, 12);
        Assert.False(taken.Disposed);
        Assert.All(_items.Values.Except([taken]), item => Assert.True(item.Disposed));
    }

    [Fact]
    public void Cancelling_wakes_a_consumer_that_waits()
    {
        using var cancellation = new CancellationTokenSource();
        using var release = new ManualResetEventSlim();
        using var prefetch = new OrderedPrefetch<Item>(1, 1, 1, number =>
        {
            cancellation.Cancel();
            release.Wait();
            return Make(number);
        }, cancellation.Token);
        Assert.ThrowsAny<OperationCanceledException>(() => prefetch.Next());
        release.Set();
    }

    [Fact]
    public void The_wait_is_measured()
    {
        using var started = new ManualResetEventSlim();
        using var prefetch = new OrderedPrefetch<Item>(1, 1, 1, number =>
        {
            started.Wait();
            Thread.SpinWait(100_000);
            return Make(number);
        }, default);
        started.Set();
        _ = prefetch.Next();
        Assert.True(prefetch.LastWait > TimeSpan.Zero);
    }

    private OrderedPrefetch<Item> Start(int total, int workers, int ahead) => new(total, workers, ahead, Make, default);

    private Item Make(int number) => _items.GetOrAdd(number, number => new Item(number));

    private sealed record Item(int Number) : IDisposable
    {
        public bool Disposed { get; private set; }

        public void Dispose() => Disposed = true;
    }
}
