namespace Toolchain.Graphs.Tests.Foundation;

public sealed class SeededRandomTests
{
    [Fact]
    public void It_is_xoshiro256_starstar()
    {
        // The sequence of the authors' C program started from the state 1, 2, 3, 4.
        var random = new SeededRandom((1, 2, 3, 4));
        ulong[] drawn = [random.NextBits(), random.NextBits(), random.NextBits(), random.NextBits()];
        Assert.Equal([11520, 0, 1509978240, 1215971899390074240], drawn);
    }

    [Fact]
    public void It_is_started_by_SplitMix64()
    {
        var state = 0ul;
        Assert.Equal(0xE220A8397B1DCDAF, SeededRandom.SplitMix64(ref state));
    }

    [Fact]
    public void A_seed_and_a_path_name_a_stream()
    {
        Assert.Equal(First(1, 2, 3), First(1, 2, 3));
        Assert.Equal(6, new[] { First(1), First(2), First(1, 0), First(1, 1), First(1, 1, 0), First(1, 0, 1) }.Distinct().Count());
    }

    [Fact]
    public void Numbers_below_a_bound_are_all_drawn_about_equally_often()
    {
        var random = new SeededRandom(7);
        var counts = new int[6];
        for (var i = 0; i < 60_000; i++)
            counts[random.Below(6)]++;
        // Five standard deviations of a count: 5·√(60000·1/6·5/6) = 456.
        Assert.All(counts, count => Assert.InRange(count, 9_544, 10_456));
    }

    [Fact]
    public void Shuffling_keeps_every_item_and_moves_most()
    {
        var items = Enumerable.Range(0, 1_000).ToArray();
        new SeededRandom(3).Shuffle(items.AsSpan());
        Assert.InRange(items.Where((item, place) => item == place).Count(), 0, 10);
        Assert.Equal(Enumerable.Range(0, 1_000), items.Order());
    }

    private static ulong First(long seed, params long[] path) => new SeededRandom(seed, path).NextBits();
}
