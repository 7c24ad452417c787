using System.Security.Cryptography;

namespace Toolchain.Data.Tests;

public sealed class DatasetTests
{
    [Fact]
    public void The_content_hash_is_the_documented_SHA256()
    {
        byte[] documented = [2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, /* pixels */ 1, 2, 3, 4, /* labels */ 1, 0, 0, 0, 0, 0, 0, 0];
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(documented)), Dataset([1, 2, 3, 4], [1, 0]).ContentHash);
    }

    [Fact]
    public void Another_pixel_or_label_is_another_content_hash()
    {
        var hashes = new[] { Dataset([1, 2, 3, 4], [1, 0]), Dataset([1, 2, 3, 5], [1, 0]), Dataset([1, 2, 3, 4], [0, 0]) }.Select(dataset => dataset.ContentHash);
        Assert.Equal(3, hashes.Distinct().Count());
    }

    [Fact]
    public void A_negative_label_is_refused()
    {
        var error = Assert.Throws<ToolchainException>(() => Dataset([1, 2, 3, 4], [0, -1]));
        Assert.Contains("image 1 has label -1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pixels_that_are_not_as_many_as_the_shape_says_are_refused() => Assert.Throws<ArgumentException>(() => Dataset([1, 2, 3], [0, 1]));

    [Fact]
    public void The_kinds_and_names_are_part_of_every_other_content_hash()
    {
        byte[] documented =
        [
            .. "table x\ty regression price\n"u8, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0,
            .. BitConverter.GetBytes(1f), .. BitConverter.GetBytes(2f), .. BitConverter.GetBytes(3f),
        ];
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(documented)), Table(["x", "y"], [1, 2], "price", 3).ContentHash);
    }

    [Fact]
    public void Whatever_differs_gives_another_content_hash()
    {
        Dataset[] all =
        [
            Table(["x", "y"], [1, 2], "price", 3), Table(["x", "z"], [1, 2], "price", 3), Table(["x", "y"], [1, 4], "price", 3),
            Table(["x", "y"], [1, 2], "cost", 3), Table(["x", "y"], [1, 2], "price", 4),
            Masks([0, 1], ["a", "b"]), Masks([1, 1], ["a", "b"]), Masks([0, 1], ["a", "c"]),
        ];
        Assert.Equal(all.Length, all.Select(dataset => dataset.ContentHash).Distinct().Count());
    }

    [Fact]
    public void A_subset_has_the_chosen_samples_in_the_chosen_order()
    {
        var chosen = Dataset([1, 2, 3, 4, 5, 6], [0, 1, 1]).Subset([2, 0, 2]);
        Assert.Equal([5, 6, 1, 2, 5, 6], chosen.Pixels.ToArray());
        Assert.Equal([1, 0, 1], chosen.Labels.ToArray());
        var rows = new Dataset("rows", new TableInputs([1, 2, 3], ["x"]), new ValueTargets([4, 5, 6], ["y"])).Subset([1], "one");
        Assert.Equal(("one", 2f, 5f), (rows.Name, Assert.IsType<TableInputs>(rows.Inputs).Row(0)[0], Assert.IsType<ValueTargets>(rows.Targets).Row(0)[0]));
        Assert.Equal([1, 0], Assert.IsType<MaskTargets>(Masks([0, 1], ["a", "b"]).Subset([0]).Targets).Mask(0).ToArray().Reverse());
    }

    [Fact]
    public void What_a_data_set_does_not_have_is_a_usage_error_that_says_what_it_has()
    {
        var table = Table(["x", "y"], [1, 2], "price", 3);
        Assert.Empty(table.ClassNames);
        Assert.Equal(["price"], table.OutputNames);
        Assert.Contains("is for regression", Refusal(() => table.Labels.Length), StringComparison.Ordinal);
        Assert.Contains("is a table", Refusal(() => table.Image(0).Length), StringComparison.Ordinal);
        Assert.Contains("is for segmentation", Refusal(() => Masks([0, 1], ["a", "b"]).Labels.Length), StringComparison.Ordinal);

        static string Refusal(Func<object?> use)
        {
            var error = Assert.Throws<ToolchainException>(use);
            Assert.Equal(ErrorKind.Usage, error.Kind);
            return error.Message;
        }
    }

    [Fact]
    public void A_mask_with_a_class_that_has_no_name_is_refused()
    {
        Assert.Equal(255, Assert.IsType<MaskTargets>(Masks([255, 1], ["a", "b"]).Targets).Mask(0)[0]);
        var error = Assert.Throws<ToolchainException>(() => Masks([0, 2], ["a", "b"]));
        Assert.Contains("a pixel of mask 0 has class 2, but its 2 classes are numbered 0 to 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Targets_for_another_number_of_samples_are_refused() =>
        Assert.Throws<ArgumentException>(() => new Dataset("rows", new TableInputs([1, 2, 3], ["x"]), new ValueTargets([4, 5], ["y"])));

    private static Dataset Table(string[] columns, float[] numbers, string target, float value) =>
        new("table", new TableInputs(numbers, [.. columns]), new ValueTargets([value], [target]));

    private static Dataset Masks(byte[] mask, string[] classes) => new("masks", new ImageInputs([7, 8], 1, 2, 1), new MaskTargets(mask, 2, [.. classes]));

    private static Dataset Dataset(byte[] pixels, int[] labels) => new("tiny", pixels, labels, height: 1, width: 2, channels: 1, ["a", "b"]);
}
