namespace Toolchain.Data.Tests;

public sealed class ClassWeightsTests
{
    private static readonly Dataset Uneven = new("uneven", new byte[8], [0, 0, 0, 1, 0, 2, 1, 0], 1, 1, 1, ["a", "b", "c"]);

    [Fact]
    public void Balanced_weights_are_those_of_scikit_learn()
    {
        // compute_class_weight("balanced") of five, two and one: 8 / (3 · n_c).
        Assert.Equal([8 / 15f, 8 / 6f, 8 / 3f], ClassWeights.Balanced(Uneven, [0, 1, 2, 3, 4, 5, 6, 7]));
    }

    [Fact]
    public void Only_the_chosen_samples_are_counted() => Assert.Equal([1, 1, 1], ClassWeights.Count(Uneven, [0, 3, 5]));

    [Fact]
    public void A_class_without_a_sample_is_named()
    {
        var error = Assert.Throws<ToolchainException>(() => ClassWeights.Balanced(Uneven, [0, 3]));
        Assert.Equal(ErrorKind.BadInput, error.Kind);
        Assert.Contains("none of the 2 training samples is of c.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void In_segmentation_pixels_are_counted_and_ignored_ones_are_not()
    {
        var masks = new Dataset("masks", new ImageInputs(new byte[4], 2, 2, 1), new MaskTargets([0, 255, 1, 1], 4, ["a", "b"]));
        Assert.Equal([1, 2], ClassWeights.Count(masks, [0]));
        Assert.Equal([1.5f, 0.75f], ClassWeights.Balanced(masks, [0]));
    }

    [Fact]
    public void Numbers_to_predict_have_no_class_weights()
    {
        var table = new Dataset("table", new TableInputs([1], ["x"]), new ValueTargets([1], ["y"]));
        Assert.Equal(ErrorKind.Usage, Assert.Throws<ToolchainException>(() => ClassWeights.Balanced(table, [0])).Kind);
    }
}
