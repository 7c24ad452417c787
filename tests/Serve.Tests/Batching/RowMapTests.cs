using Toolchain.Serve.Batching;

namespace Toolchain.Serve.Tests.Batching;

public sealed class RowMapTests
{
    [Fact]
    public void Rows_lie_side_by_side_and_the_lowest_free_ones_are_taken()
    {
        var rows = new RowMap(8);
        Assert.Equal(0, rows.Take(3));
        Assert.Equal(3, rows.Take(1));
        Assert.Equal(4, rows.Take(4));
        Assert.Equal(-1, rows.Take(1));
        rows.Free(0, 3);
        Assert.Equal(0, rows.Take(2));
        Assert.Equal(-1, rows.Take(2));
        Assert.Equal(2, rows.Take(1));
        Assert.Equal(8, rows.Taken);
    }

    [Fact]
    public void Rows_are_found_where_a_plain_search_finds_them()
    {
        var random = new SeededRandom(7);
        var (rows, taken) = (new RowMap(64), new bool[64]);
        var held = new List<(int First, int Count)>();
        for (var i = 0; i < 5000; i++)
        {
            if (held.Count > 0 && random.Below(2) == 0)
            {
                var (first, count) = held[random.Below(held.Count)];
                held.Remove((first, count));
                rows.Free(first, count);
                taken.AsSpan(first, count).Clear();
                continue;
            }

            var wanted = 1 + random.Below(12);
            var expected = Enumerable.Range(0, 65 - wanted).Select(static f => (int?)f).FirstOrDefault(f => !taken.AsSpan(f!.Value, wanted).Contains(true)) ?? -1;
            Assert.Equal(expected, rows.Take(wanted));
            if (expected >= 0)
            {
                held.Add((expected, wanted));
                taken.AsSpan(expected, wanted).Fill(true);
            }
        }

        Assert.Equal(taken.Count(static t => t), rows.Taken);
    }
}
