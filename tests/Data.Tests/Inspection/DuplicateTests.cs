using System.Numerics;

namespace Toolchain.Data.Tests;

public sealed class DuplicateTests
{
    [Fact]
    public void Each_bit_says_whether_it_gets_brighter_to_the_right()
    {
        byte[] rising = [.. Enumerable.Range(0, 72).Select(i => (byte)(i % 9 * 20))];
        Assert.Equal(ulong.MaxValue, DifferenceHash.Of(rising, new(8, 9, 1)));
        Assert.Equal(0UL, DifferenceHash.Of([.. rising.Select(value => (byte)(255 - value))], new(8, 9, 1)));
        byte[] half = [.. rising.Select((value, i) => i < 36 ? value : (byte)(255 - value))];
        Assert.Equal(0xFFFFFFFF00000000UL, DifferenceHash.Of(half, new(8, 9, 1)));
    }

    [Fact]
    public void A_flat_picture_has_no_fingerprint()
    {
        Assert.Null(DifferenceHash.Of(new byte[100], new(10, 10, 1)));
        Assert.Null(DifferenceHash.Of(Enumerable.Repeat((byte)200, 3).ToArray(), new(1, 1, 3)));
    }

    [Fact]
    public void Another_size_compression_and_brightness_change_few_bits_and_another_picture_many()
    {
        var pictures = Installed.FashionMnist.Test;
        int[] chosen = [.. Enumerable.Range(0, 20).Select(i => i * 7)];
        foreach (var index in chosen)
        {
            var pixels = pictures.Image(index).ToArray();
            var hash = Hash(pixels, 28);
            Assert.InRange(Distance(hash, Hash(Copy(pixels), 28)), 0, DuplicateReport.NearBits);
            Assert.InRange(Distance(hash, Hash([.. pixels.Select(value => (byte)(value * 0.9))], 28)), 0, DuplicateReport.NearBits);
        }

        var noise = Enumerable.Range(0, 40).Select(seed => Hash(Samples.Noise(32 * 32, seed), 32)).ToArray();
        for (var i = 1; i < noise.Length; i++)
            Assert.InRange(Distance(noise[i - 1], noise[i]), 12, 52);
    }

    [Fact]
    public void A_thumbnail_tells_pictures_of_one_kind_apart_but_not_copies()
    {
        var pictures = Installed.FashionMnist.Test;
        var trousers = Enumerable.Range(0, pictures.Count).Where(i => pictures.Labels[i] == 1).Take(30).Select(i => pictures.Image(i).ToArray()).ToArray();
        var thumbnails = trousers.Select(pixels => new Thumbnail(pixels, new(28, 28, 1))).ToArray();
        for (var i = 0; i < trousers.Length; i++)
        {
            var copy = Copy([.. trousers[i].Select(value => (byte)(value * 0.8))]);
            Assert.InRange(thumbnails[i].Correlation(new(copy, new(28, 28, 1))), DuplicateReport.NearCorrelation, 1);
            for (var other = 0; other < i; other++)
                Assert.InRange(thumbnails[i].Correlation(thumbnails[other]), 0.3, DuplicateReport.NearCorrelation);
        }

        Assert.Equal(0, new Thumbnail(new byte[4], new(2, 2, 1)).Correlation(thumbnails[0]));
    }

    [Fact]
    public void Exact_and_near_duplicates_are_found_within_and_across_the_splits()
    {
        // 0..3 for training, 4..6 for the test: 2 is 0 again, 4 is 1 again with another class, 5 is nearly 0.
        var (one, two, three, four) = (Noise(1), Noise(2), Noise(3), Noise(4));
        byte[] nearly = [.. one.Select((value, i) => i == 500 ? (byte)(value ^ 255) : value)];
        var report = DuplicateReport.Of(new("data", Images([one, two, one, three], [0, 1, 0, 1]), Images([two, nearly, four], [0, 0, 1])));
        Assert.Equal((new DuplicateCount(1, 0, 1), 1, false), (report.Exact, report.Contradictions, report.IsCut));
        Assert.Equal(new DuplicateCount(0, 0, 1), report.Near);
        Assert.Equal([(1, 4, true, false), (0, 5, false, true), (0, 2, true, true)], report.Pairs.Select(pair => (pair.First, pair.Second, pair.Exact, pair.SameTarget)));
    }

    [Fact]
    public void Pairs_are_counted_once_however_many_blocks_they_share()
    {
        var pictures = Enumerable.Range(0, 30).Select(i => (byte[])[.. Noise(1).Select((value, at) => at == i ? (byte)(value ^ 128) : value)]).ToArray();
        var report = DuplicateReport.Of(new("data", Images(pictures, new int[30]), Images([Noise(9)], [0])));
        Assert.Equal((30 * 29 / 2, 20), (report.Near.Total, report.Pairs.Length));
    }

    [Fact]
    public void A_table_has_none_to_look_for() => Assert.Equal(ErrorKind.Usage, Assert.Throws<ToolchainException>(() => DuplicateReport.Of(new(
        "table", new("t", new TableInputs([1], ["x"]), new ValueTargets([1], ["y"])), new("t", new TableInputs([1], ["x"]), new ValueTargets([1], ["y"]))))).Kind);

    // Enlarged, saved as JPEG, and decoded to the size that all pictures of the data set have.
    private static byte[] Copy(byte[] pixels)
    {
        var large = Samples.Decode(ImageEncoder.Png(pixels, 28, 28, 1), 1, 80, 80);
        return Samples.Decode(ImageEncoder.Jpeg(large, 80, 80, 1, 85), 1, 28, 28);
    }

    private static byte[] Noise(int seed) => Samples.Noise(32 * 32, seed);

    private static Dataset Images(byte[][] pictures, int[] labels) => new("images", [.. pictures.SelectMany(p => p)], labels, 32, 32, 1, ["a", "b"]);

    private static ulong Hash(byte[] pixels, int side) => DifferenceHash.Of(pixels, new(side, side, 1))!.Value;

    private static int Distance(ulong one, ulong other) => BitOperations.PopCount(one ^ other);
}
