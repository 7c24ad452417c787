using Toolchain.Graphs;
using Toolchain.Serve.Batching;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.Batching;

public sealed class UnderFireTests
{
    [Theory]
    [InlineData(1, 8)]
    [InlineData(3, 4)]
    [InlineData(2, 1)]
    public async Task Thousands_of_clients_get_exactly_their_own_rows(int instances, int maxBatchSize)
    {
        await using var test = TestBatcher.Of(TestModels.Echo(1), maxBatchSize, instances, TestBatcher.Options(maxBatchSize) with { PreferredBatchSizes = maxBatchSize > 4 ? [4] : [] });
        var (ran, batches) = (0, 0);
        test.Batcher.BatchRan = (rows, _) =>
        {
            Interlocked.Add(ref ran, rows);
            Interlocked.Increment(ref batches);
        };
        var sent = await Task.WhenAll(Enumerable.Range(0, 2000).Select(client => Task.Run(() => ClientAsync(test, client))));

        Assert.All(sent.SelectMany(static s => s), static s =>
        {
            Assert.Equal(TestBatcher.Expected(s.Sent.Tag, s.Rows), s.Sent.Outcome == RunOutcome.Completed ? s.Sent.Values : TestBatcher.Expected(s.Sent.Tag, s.Rows));
            Assert.True(s.Sent.Outcome == RunOutcome.Completed || s.MayFail, $"{s.Sent.Outcome} {s.Sent.Failure}");
        });
        Assert.True(sent.SelectMany(static s => s).Count(static s => s.Sent.Outcome == RunOutcome.Completed) > 4000);
        Assert.Equal(0, test.Batcher.Waiting);
        Assert.True(maxBatchSize == 1 || Volatile.Read(ref ran) > Volatile.Read(ref batches), "No batch had more than one row.");
        var isUnused = false;
        test.Batcher.Queue.WhenUnused(() => isUnused = true);
        Assert.True(isUnused, "Rows were not given back.");
    }

    [Fact]
    public async Task A_batch_gives_what_single_rows_give()
    {
        await using var test = TestBatcher.Of(TestModels.Classifier(), 8);
        test.Batcher.WarmUp();
        var pixels = Enumerable.Range(0, 21).Select(static i => Images.Noise(28, 28, 1, i)).ToList();
        var alone = new List<float[]>();
        foreach (var image in pixels)
        {
            alone.Add(await ClassifyAsync(test, image));
        }

        test.Hold();
        var waiting = pixels.Select(image => ClassifyAsync(test, image)).ToList();
        test.Resume();
        foreach (var (together, single) in (await Task.WhenAll(waiting)).Zip(alone))
        {
            Assert.All(together.Zip(single), static p => Assert.Equal(p.Second, p.First, 1e-5f));
        }
    }

    // A few requests one after another, of mixed sizes and levels; some are given up, some have hardly any time.
    private static async Task<List<(Sent Sent, int Rows, bool MayFail)>> ClientAsync(TestBatcher test, int client)
    {
        var random = new SeededRandom(client);
        var results = new List<(Sent, int, bool)>();
        for (var i = 0; i < 4; i++)
        {
            var (tag, rows, kind) = ((client * 1000f) + (i * 100), 1 + random.Below(random.Below(8) == 0 ? test.Batcher.MaxRequestRows : 5), random.Below(10));
            using var leaving = new CancellationTokenSource();
            var sending = test.SendAsync(tag, rows, random.Below(11), kind == 0 ? TimeSpan.FromMilliseconds(1 + random.Below(20)) : null, kind == 1 ? leaving.Token : default);
            if (kind == 1)
            {
                for (var yields = random.Below(50); yields > 0; yields--)
                {
                    await Task.Yield();
                }

                await leaving.CancelAsync();
            }

            results.Add((await EndOf(sending, tag), rows, kind <= 1));
        }

        return results;
    }

    private static async Task<Sent> EndOf(Task<Sent> sending, float tag)
    {
        try
        {
            return await sending;
        }
        catch (Exception refusal) when (refusal is OperationCanceledException or ToolchainException { Kind: ErrorKind.Unavailable })
        {
            return new(tag, RunOutcome.Cancelled, [], null, 0) { Failure = refusal.Message };
        }
    }

    private static async Task<float[]> ClassifyAsync(TestBatcher test, byte[] pixels)
    {
        using var lease = test.Batcher.TryEnter(new(1))!;
        await lease.TakeRowsAsync();
        pixels.CopyTo(lease.Input(0));
        Assert.Equal(RunOutcome.Completed, await lease.RunAsync());
        return System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(lease.Output(0)).ToArray();
    }
}
