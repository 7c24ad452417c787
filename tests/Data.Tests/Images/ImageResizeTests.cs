namespace Toolchain.Data.Tests;

public sealed class ImageResizeTests
{
    [Theory]
    [InlineData(28, 28, 1, 14, 14)]
    [InlineData(28, 28, 1, 56, 40)]
    [InlineData(33, 47, 3, 20, 64)]
    [InlineData(64, 64, 3, 9, 10)]
    public void Resizing_gives_the_bytes_that_decoding_to_that_size_does(int oldHeight, int oldWidth, int channels, int height, int width)
    {
        var dataset = Images(70, oldHeight, oldWidth, channels);
        var resized = dataset.Resized(height, width);
        Assert.Equal((70, height, width, channels), (resized.Count, resized.Height, resized.Width, resized.Channels));
        foreach (var index in new[] { 0, 1, 33, 69 })
        {
            var png = ImageEncoder.Png(dataset.Image(index), oldHeight, oldWidth, channels);
            Assert.Equal(Samples.Decode(png, channels, height, width), resized.Image(index).ToArray());
        }
    }

    [Fact]
    public void Shrinking_averages_instead_of_picking_pixels()
    {
        var board = new Dataset("board", [.. Enumerable.Range(0, 64 * 64).Select(i => (byte)(((i / 64) + i) % 2 * 255))], [0], 64, 64, 1, ["a"]);
        Assert.All(board.Resized(16, 16).Image(0).ToArray(), value => Assert.InRange(value, 118, 138));
    }

    [Fact]
    public void The_same_size_is_the_same_data_set()
    {
        var dataset = Images(2, 8, 8, 1);
        Assert.Same(dataset, dataset.Resized(8, 8));
    }

    [Fact]
    public void Labels_stay_and_masks_take_their_nearest_pixels()
    {
        var masks = new Dataset("masks", new ImageInputs(new byte[32], 4, 4, 1), new MaskTargets([0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 255, .. new byte[16]], 16, ["a", "b", "c", "d"]));
        var smaller = Assert.IsType<MaskTargets>(masks.Resized(2, 2).Targets);
        Assert.Equal([0, 1, 2, 255, 0, 0, 0, 0], smaller.Masks.ToArray());
        Assert.Equal([0, 0, 1, 1], Assert.IsType<MaskTargets>(masks.Resized(2, 8).Targets).Mask(0)[..8].ToArray().Where((_, i) => i % 2 == 0));
        Assert.Equal([3, 1], new Dataset("two", new byte[8], [3, 1], 2, 2, 1, ["a", "b", "c", "d"]).Resized(3, 3).Labels.ToArray());
    }

    [Fact]
    public void A_table_has_no_size_to_change() =>
        Assert.Equal(ErrorKind.Usage, Assert.Throws<ToolchainException>(() => new Dataset("table", new TableInputs([1], ["x"]), new ValueTargets([1], ["y"])).Resized(2, 2)).Kind);

    private static Dataset Images(int count, int height, int width, int channels) =>
        new("noise", Samples.Noise(count * height * width * channels), new int[count], height, width, channels, ["a"]);
}
