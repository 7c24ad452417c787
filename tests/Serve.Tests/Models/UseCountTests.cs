using Toolchain.Serve.Models;

namespace Toolchain.Serve.Tests.Models;

public sealed class UseCountTests
{
    [Fact]
    public async Task It_ends_when_the_last_use_does_and_nobody_begins_afterwards()
    {
        var uses = new UseCount();
        Assert.True(uses.TryEnter());
        Assert.True(uses.TryEnter());

        var ended = uses.EndAsync();

        Assert.False(uses.TryEnter());
        uses.Leave();
        Assert.False(ended.IsCompleted);
        Assert.False(uses.TryEnter());
        uses.Leave();
        await ended;
        Assert.False(uses.TryEnter());
    }

    [Fact]
    public void It_ends_at_once_when_nobody_uses_it() => Assert.True(new UseCount().EndAsync().IsCompleted);

    [Fact]
    public async Task Nobody_is_inside_after_it_ended_however_many_try()
    {
        for (var round = 0; round < 50; round++)
        {
            var uses = new UseCount();
            var (inside, over) = (0, false);
            var users = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            {
                while (uses.TryEnter())
                {
                    Interlocked.Increment(ref inside);
                    Assert.False(Volatile.Read(ref over));
                    Interlocked.Decrement(ref inside);
                    uses.Leave();
                }
            })).ToList();

            await uses.EndAsync();
            Volatile.Write(ref over, true);

            Assert.Equal(0, Volatile.Read(ref inside));
            await Task.WhenAll(users);
        }
    }
}
