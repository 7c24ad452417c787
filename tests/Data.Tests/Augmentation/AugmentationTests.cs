namespace Toolchain.Data.Tests;

public sealed class AugmentationTests
{
    private static readonly Augmentation Everything = new()
    {
        Crop = new(2),
        Flip = new(FlipKind.Alternating),
        Rotation = new(10),
        Jitter = new(0.3, 0.3),
        Noise = new(0.05),
        Erasing = new(0.5, ErasingFill.Mean),
    };

    [Fact]
    public void Every_change_at_once_is_byte_identical_for_1_and_3_workers()
    {
        Assert.Equal(Epoch(1, workers: 1), Epoch(1, workers: 3));
        Assert.NotEqual(Epoch(1, workers: 1), Epoch(2, workers: 1));

        static byte[] Epoch(int epoch, int workers)
        {
            var data = Installed.FashionMnist.Test;
            var loader = new BatchLoader(data, Enumerable.Range(0, 512).ToArray(), new() { BatchSize = 50, Shuffle = true, Augmentation = Everything, Seed = 4, Workers = workers });
            return [.. loader.Epoch(epoch).SelectMany(batch =>
            {
                using (batch)
                    return batch.Pixels.ToArray();
            })];
        }
    }

    [Fact]
    public void Recipes_with_equal_numbers_are_equal() => Assert.Equal(Everything with { Fill = [3] }, Everything with { Crop = new(2), Fill = [3] });

    [Fact]
    public void A_table_takes_noise_and_refuses_every_other_change_by_name()
    {
        var table = new Dataset("numbers", new TableInputs([1, 2], ["x"]), new ValueTargets([1, 2], ["y"]));
        _ = new BatchLoader(table, [0, 1], new() { Augmentation = new() { Noise = Everything.Noise } });
        var message = Augmented.Refusal(table, Everything);
        foreach (var change in new[] { "cropping", "flipping", "rotation", "colour jitter", "erasing" })
            Assert.Contains($"{change} changes images, and this is a table", message, StringComparison.Ordinal);
        Assert.DoesNotContain("noise changes", message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_wrong_numbers_are_told_at_once()
    {
        var message = Augmented.Refusal(Augmented.Image([1], 1, 1, 1), new()
        {
            Crop = new(-1),
            Rotation = new(181),
            Jitter = new(Brightness: -1),
            Noise = new(double.NaN),
            Erasing = new(1.5) { SmallestArea = 0.5, Aspect = 2 },
            Fill = [1, 2, 3],
        });
        foreach (var problem in new[] { "padding of cropping is -1", "angle of rotation is 181", "brightness of colour jitter is -1", "deviation of noise is NaN", "probability of erasing is 1.5", "smallest area of erasing is 0.5; it must be 0 to 0.4", "aspect of erasing is 2", "fill has 3 values for 1 channels" })
            Assert.Contains(problem, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Changing_an_image_allocates_nothing()
    {
        var data = Installed.FashionMnist.Test;
        var plan = Augmented.Plan(data.Subset([0, 1, 2]), Everything);
        var (pixels, scratch) = (data.Image(0).ToArray(), new byte[784]);
        Allocated.AtMost(1_000, () =>
        {
            for (var index = 0; index < 200; index++)
                plan.Apply(pixels, [], scratch, 1, index);
        });
    }
}
