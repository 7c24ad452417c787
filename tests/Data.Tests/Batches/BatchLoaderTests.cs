using System.Security.Cryptography;

namespace Toolchain.Data.Tests;

public sealed class BatchLoaderTests
{
    private static readonly Dataset Data = Installed.FashionMnist.Test;
    private static readonly int[] All = [.. Enumerable.Range(0, Data.Count)];
    private static readonly BatchLoaderOptions Training = new()
    {
        BatchSize = 96,
        Shuffle = true,
        DropLast = true,
        Augmentation = new() { Crop = new(2), Flip = new() },
        Seed = 11,
    };

    [Fact]
    public void Evaluation_gives_every_image_in_data_order_with_a_partial_last_batch()
    {
        var loader = new BatchLoader(Data, All, new() { BatchSize = 300 });
        var image = 0;
        foreach (var batch in loader.Epoch(0))
        {
            using (batch)
            {
                Assert.Equal(Math.Min(300, Data.Count - image), batch.Count);
                for (var i = 0; i < batch.Count; i++, image++)
                {
                    Assert.True(batch.Pixels.Slice(i * 784, 784).SequenceEqual(Data.Image(image)));
                    Assert.Equal(Data.Labels[image], batch.Labels[i]);
                }
            }
        }

        Assert.Equal(Data.Count, image);
        Assert.Equal(34, loader.BatchesPerEpoch);
    }

    [Fact]
    public void Training_is_byte_identical_for_1_2_and_5_workers()
    {
        var one = Digest(Training with { Workers = 1 }, epoch: 3);
        Assert.Equal(one, Digest(Training with { Workers = 2, Prefetch = 1 }, epoch: 3));
        Assert.Equal(one, Digest(Training with { Workers = 5, Prefetch = 9 }, epoch: 3));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(7)]
    public void An_epoch_that_begins_in_its_middle_has_the_rest_of_the_batches(int first)
    {
        var loader = new BatchLoader(Data, All.AsSpan(0, 700), Training with { Workers = 2, MixupAlpha = 0.2 });
        Assert.Equal(7, loader.BatchesPerEpoch);
        Assert.Equal(Contents(loader.Epoch(2)).Skip(first), Contents(loader.Epoch(2, first)));
        static List<string> Contents(IEnumerable<Batch> batches) => [.. batches.Select(static batch =>
        {
            using (batch)
            {
                return $"{Convert.ToHexString(SHA256.HashData(batch.Pixels))} {batch.Mix!.Lambda} {string.Join(',', batch.Mix.Partners)}";
            }
        })];
    }

    [Fact]
    public void Another_seed_or_epoch_is_another_order() =>
        Assert.Equal(3, new[] { Digest(Training, 0), Digest(Training, 1), Digest(Training with { Seed = 12 }, 0) }.Distinct().Count());

    [Fact]
    public void An_epoch_shows_each_chosen_image_once()
    {
        // Images of 1×2 pixels that spell their own number.
        var pixels = Enumerable.Range(0, 1_000).SelectMany(number => new[] { (byte)(number >> 8), (byte)number }).ToArray();
        var numbered = new Dataset("numbered", pixels, new int[1_000], 1, 2, 1, ["a"]);
        int[] chosen = [.. Enumerable.Range(0, 500).Select(i => i * 2)];
        var seen = new List<int>();
        foreach (var batch in new BatchLoader(numbered, chosen, new() { BatchSize = 64, Shuffle = true, Workers = 2 }).Epoch(0))
        {
            using (batch)
            {
                for (var i = 0; i < batch.Count; i++)
                    seen.Add((batch.Pixels[2 * i] << 8) | batch.Pixels[(2 * i) + 1]);
            }
        }

        Assert.NotEqual(chosen, seen);
        Assert.Equal(chosen, seen.Order());
    }

    [Fact]
    public void Dropping_the_last_batch_leaves_only_full_ones()
    {
        var loader = new BatchLoader(Data, All.AsSpan(0, 250), new() { BatchSize = 100, DropLast = true });
        Assert.Equal(2, loader.BatchesPerEpoch);
        Assert.Equal([100, 100], loader.Epoch(0).Select(batch => batch.Count));
        Assert.Empty(new BatchLoader(Data, [], new()).Epoch(0));
    }

    [Fact]
    public void Disposed_batches_give_their_buffers_to_later_ones()
    {
        var buffers = new HashSet<byte[]>(ReferenceEqualityComparer.Instance);
        foreach (var batch in new BatchLoader(Data, All, Training with { Prefetch = 3, Workers = 2 }).Epoch(0))
        {
            using (batch)
                buffers.Add(batch.PixelBuffer);
        }

        // Three ready or in the making, one with the consumer.
        Assert.InRange(buffers.Count, 1, 4);
    }

    [Fact]
    public void A_disposed_batch_cannot_be_read()
    {
        var batch = new BatchLoader(Data, All).Epoch(0).First();
        batch.Dispose();
        batch.Dispose();
        Assert.Throws<ObjectDisposedException>(() => batch.PixelBuffer);
    }

    [Fact]
    public void Leaving_early_and_starting_again_gives_the_same_batches()
    {
        var loader = new BatchLoader(Data, All, Training with { Workers = 2 });
        var first = FirstBatch();
        Assert.Equal(first, FirstBatch());

        byte[] FirstBatch()
        {
            foreach (var batch in loader.Epoch(5))
            {
                using (batch)
                    return batch.Pixels.ToArray();
            }

            return [];
        }
    }

    [Fact]
    public void Cancelling_ends_the_loop()
    {
        using var cancellation = new CancellationTokenSource();
        var batches = 0;
        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            foreach (var batch in new BatchLoader(Data, All, Training).Epoch(0, cancellation.Token))
            {
                batch.Dispose();
                if (++batches == 3)
                    cancellation.Cancel();
            }
        });
        Assert.Equal(3, batches);
    }

    [Fact]
    public void Mistaken_options_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new BatchLoader(Data, [0, 10_000]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BatchLoader(Data, All, new() { BatchSize = 0 }));
    }

    [Fact]
    public void The_wait_of_a_consumer_that_is_faster_than_the_data_adds_up()
    {
        var loader = new BatchLoader(Data, All, Training with { Prefetch = 1 });
        Assert.Equal(TimeSpan.Zero, loader.WaitTime);
        Drain();
        var first = loader.WaitTime;
        Assert.True(first > TimeSpan.Zero);
        Drain();
        Assert.True(loader.WaitTime > first);

        void Drain()
        {
            foreach (var batch in loader.Epoch(0))
                batch.Dispose();
        }
    }

    private static string Digest(BatchLoaderOptions options, int epoch)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var batch in new BatchLoader(Data, All, options).Epoch(epoch))
        {
            using (batch)
            {
                hash.AppendData(batch.Pixels);
                hash.AppendData(batch.Labels.ToArray().Select(label => (byte)label).ToArray());
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
