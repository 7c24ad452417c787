namespace Toolchain.Data.Tests;

/// <summary>Images as training sees them.</summary>
internal static class Augmented
{
    /// <summary>A sample's bytes in one epoch.</summary>
    public static byte[] Pixels(Dataset dataset, Augmentation augmentation, int epoch, int index = 0, long seed = 0)
    {
        var pixels = dataset.Image(index).ToArray();
        var mask = dataset.Targets is MaskTargets masks ? masks.Mask(index).ToArray() : [];
        Plan(dataset, augmentation, seed).Apply(pixels, mask, new byte[pixels.Length], epoch, index);
        return pixels;
    }

    public static AugmentationPlan Plan(Dataset dataset, Augmentation augmentation, long seed = 0) =>
        new(augmentation, dataset, Enumerable.Range(0, dataset.Count).ToArray(), seed);

    /// <summary>One image without a meaningful class.</summary>
    public static Dataset Image(byte[] pixels, int height, int width, int channels) => new("image", pixels, [0], height, width, channels, ["a"]);

    /// <summary>The message with which an augmentation is refused.</summary>
    public static string Refusal(Dataset dataset, Augmentation augmentation)
    {
        var error = Assert.Throws<ToolchainException>(() => new BatchLoader(dataset, [0], new() { Augmentation = augmentation }));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        return error.Message;
    }
}
