namespace Toolchain.Data.Tests;

public sealed class FashionMnistTests
{
    [Fact]
    public void It_has_60000_training_and_10000_test_images_of_28_by_28()
    {
        var (_, train, test) = Installed.FashionMnist;
        Assert.Equal((60_000, 28, 28, 1), (train.Count, train.Height, train.Width, train.Channels));
        Assert.Equal((10_000, 28, 28, 1), (test.Count, test.Height, test.Width, test.Channels));
        Assert.Equal(784, train.ImageBytes);
    }

    [Fact]
    public void Every_class_has_a_tenth_of_each_split_and_its_published_name()
    {
        var (_, train, test) = Installed.FashionMnist;
        Assert.All(train.Labels.ToArray().CountBy(label => label), pair => Assert.Equal(6_000, pair.Value));
        Assert.All(test.Labels.ToArray().CountBy(label => label), pair => Assert.Equal(1_000, pair.Value));
        Assert.Equal("Ankle boot", train.ClassNames[train.Labels[0]]);
        Assert.Equal(["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"], test.ClassNames);
    }

    [Fact]
    public void The_training_pixels_have_the_mean_and_deviation_that_the_field_quotes()
    {
        var train = Installed.FashionMnist.Train;
        var statistics = ChannelStatistics.Of(train, [.. Enumerable.Range(0, train.Count)]);
        Assert.Equal(0.2860f, Assert.Single(statistics.Mean), 1e-4f);
        Assert.Equal(0.3530f, Assert.Single(statistics.Std), 1e-4f);
    }
}
