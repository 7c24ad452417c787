namespace Toolchain.Data.Tests;

public sealed class BatchKindsTests
{
    [Fact]
    public void A_table_gives_its_numbers_and_values()
    {
        var table = new Dataset("table", new TableInputs([1, 2, 3, 4, 5, 6], ["x", "y"]), new ValueTargets([10, 11, 12, 20, 21, 22, 30, 31, 32], ["a", "b", "c"]));
        using var batch = Only(table, [2, 0]);
        Assert.Equal((ModelTask.Regression, 2), (batch.Task, batch.Count));
        Assert.Equal([5, 6, 1, 2], batch.Numbers.ToArray());
        Assert.Equal([30, 31, 32, 10, 11, 12], batch.Values.ToArray());
        Assert.Contains("has no pixels: it holds a table for regression", Assert.Throws<InvalidOperationException>(() => batch.PixelBuffer).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => batch.LabelBuffer);
    }

    [Fact]
    public void Masks_are_labels_of_every_pixel()
    {
        var masks = new Dataset("masks", new ImageInputs([1, 2, 3, 4], 1, 2, 1), new MaskTargets([0, 1, 255, 0], 2, ["a", "b"]));
        using var batch = Only(masks, [1, 0]);
        Assert.Equal([3, 4, 1, 2], batch.Pixels.ToArray());
        Assert.Equal([255, 0, 0, 1], batch.Labels.ToArray());
        Assert.Equal(128 * 2, batch.LabelBuffer.Length);
        Assert.Throws<InvalidOperationException>(() => batch.ValueBuffer);
    }

    [Fact]
    public void Masks_follow_the_changes_of_their_images()
    {
        byte[] numbers = [.. Enumerable.Range(0, 64).Select(value => (byte)value)];
        var dataset = new Dataset("masks", new ImageInputs(numbers, 4, 4, 1), new MaskTargets(numbers, 16, [.. numbers.Select(value => $"{value}")]));
        var loader = new BatchLoader(dataset, [0, 1, 2, 3], new() { Augmentation = new() { Crop = new(1), Flip = new(), Fill = [MaskTargets.Ignored] } });
        using var batch = loader.Epoch(0).Single();
        Assert.NotEqual(numbers, batch.Pixels.ToArray());
        Assert.Equal(batch.Pixels.ToArray().Select(value => (long)value), batch.Labels.ToArray());
    }

    private static Batch Only(Dataset dataset, int[] samples) => new BatchLoader(dataset, samples).Epoch(0).Single();
}
