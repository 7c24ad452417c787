namespace Toolchain.Data.Tests;

public sealed class ChannelStatisticsTests
{
    [Fact]
    public void Each_channel_has_its_own_mean_and_deviation()
    {
        // Two RGB images of one pixel: red 0 and 255, green 51 and 51, blue 0 and 51.
        var dataset = new Dataset("tiny", [0, 51, 0, 255, 51, 51], [0, 0], 1, 1, 3, ["a"]);
        var statistics = ChannelStatistics.Of(dataset, [0, 1]);
        Assert.Equal([0.5f, 0.2f, 0.1f], statistics.Mean);
        Assert.Equal([0.5f, 1f, 0.1f], statistics.Std);
    }

    [Fact]
    public void Only_the_chosen_images_count()
    {
        var dataset = new Dataset("tiny", [10, 200, 255], [0, 0, 0], 1, 1, 1, ["a"]);
        Assert.Equal(200f / 255, Assert.Single(ChannelStatistics.Of(dataset, [1]).Mean));
    }

    [Fact]
    public void No_image_at_all_is_an_error()
    {
        var error = Assert.Throws<ToolchainException>(() => ChannelStatistics.Of(Installed.FashionMnist.Test, []));
        Assert.Equal(ErrorKind.BadInput, error.Kind);
    }
}
