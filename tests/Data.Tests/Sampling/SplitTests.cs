namespace Toolchain.Data.Tests;

public sealed class SplitTests
{
    [Fact]
    public void Fashion_MNIST_keeps_its_class_balance()
    {
        var labels = Installed.FashionMnist.Train.Labels;
        var split = Split.Stratified(labels, 0.1, seed: 1);
        Assert.Equal((54_000, 6_000), (split.Train.Length, split.Validation.Length));
        Assert.All(Of(split.Validation, labels).CountBy(label => label), pair => Assert.Equal(600, pair.Value));
        Assert.Equal(Enumerable.Range(0, 60_000), split.Train.Concat(split.Validation).Order());
    }

    [Fact]
    public void The_division_is_the_same_on_every_machine()
    {
        // Computed by another implementation of the documented procedure.
        int[] labels = [.. Enumerable.Range(0, 20).Select(image => image % 2)];
        Assert.Equal([2, 4, 6, 7, 15, 19], Split.Stratified(labels, 0.3, seed: 42).Validation);
    }

    [Fact]
    public void Another_seed_is_another_division()
    {
        var labels = new int[1_000];
        Assert.NotEqual(Split.Stratified(labels, 0.2, seed: 1).Validation, Split.Stratified(labels, 0.2, seed: 2).Validation);
    }

    [Fact]
    public void Remainders_go_to_the_largest_so_that_the_total_is_exact()
    {
        // 5, 4 and 1 images: shares of 1.5, 1.2 and 0.3; three of ten in all.
        int[] labels = [0, 0, 0, 0, 0, 1, 1, 1, 1, 2];
        var split = Split.Stratified(labels, 0.3, seed: 9);
        Assert.Equal([0, 0, 1], Of(split.Validation, labels).Order());
    }

    [Fact]
    public void A_class_with_one_image_keeps_it_for_training()
    {
        var split = Split.Stratified([0, 1], 0.9, seed: 1);
        Assert.Equal([0, 1], split.Train);
        Assert.Empty(split.Validation);
    }

    [Fact]
    public void A_fraction_of_zero_leaves_everything_for_training() => Assert.Empty(Split.Stratified([0, 1, 0], 0, seed: 1).Validation);

    [Fact]
    public void Samples_without_classes_are_divided_at_random()
    {
        var table = new Dataset("table", new TableInputs(new float[50], ["x"]), new ValueTargets(new float[50], ["y"]));
        var split = Split.Of(table, 0.3, seed: 1);
        Assert.Equal((35, 15), (split.Train.Length, split.Validation.Length));
        Assert.Equal(Enumerable.Range(0, 50), split.Train.Concat(split.Validation).Order());
        Assert.Equal(split.Validation.Order(), split.Validation);
        Assert.Equal(split.Validation, Split.Of(table, 0.3, seed: 1).Validation);
        Assert.NotEqual(split.Validation, Split.Of(table, 0.3, seed: 2).Validation);
        Assert.Single(Split.Random(2, 0.99, seed: 1).Train);
    }

    [Fact]
    public void Samples_with_classes_keep_their_proportions() =>
        Assert.Equal(Split.Stratified(Installed.FashionMnist.Test.Labels, 0.1, seed: 3).Validation, Split.Of(Installed.FashionMnist.Test, 0.1, seed: 3).Validation);

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1)]
    [InlineData(double.NaN)]
    public void A_fraction_outside_0_to_1_is_a_usage_error(double fraction)
    {
        Assert.Equal(ErrorKind.Usage, Assert.Throws<ToolchainException>(() => Split.Stratified([0, 1], fraction, seed: 1)).Kind);
        Assert.Equal(ErrorKind.Usage, Assert.Throws<ToolchainException>(() => Split.Random(2, fraction, seed: 1)).Kind);
    }

    private static int[] Of(int[] images, ReadOnlySpan<int> labels)
    {
        var found = new int[images.Length];
        for (var i = 0; i < images.Length; i++)
            found[i] = labels[images[i]];
        return found;
    }
}
