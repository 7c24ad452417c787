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
    public void A_column_is_measured_in_its_own_unit_even_far_from_zero()
    {
        var table = new Dataset("table", new TableInputs([1e6f, 5, 0.1f, 1e6f + 2, 5, 0.1f, 7, 7, 7], ["a", "b", "c"]), new ValueTargets(new float[3], ["y"]));
        var statistics = ChannelStatistics.Of(table, [0, 1]);
        Assert.Equal([1e6f + 1, 5f, 0.1f], statistics.Mean);
        Assert.Equal([1f, 1f, 1f], statistics.Std);
        Assert.Equal(2 * MathF.Sqrt(2) / 3, ChannelStatistics.Of(table, [0, 1, 2]).Std[1], 1e-6f);
    }

    [Fact]
    public void No_image_at_all_is_an_error()
    {
        var error = Assert.Throws<ToolchainException>(() => ChannelStatistics.Of(Installed.FashionMnist.Test, []));
        Assert.Equal(ErrorKind.BadInput, error.Kind);
    }
}
