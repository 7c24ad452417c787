namespace Toolchain.Data.Tests;

public sealed class ColorJitterTests
{
    private static readonly byte[] Colours = [200, 30, 60, 10, 250, 130, 77, 77, 200, 255, 0, 0, 120, 119, 118, 3, 200, 201];

    // The same through Python's colorsys.
    [Theory]
    [InlineData(0.1f, new byte[] { 200, 102, 30, 10, 226, 250, 151, 77, 200, 255, 153, 0, 120, 120, 118, 3, 81, 201 })]
    [InlineData(-0.4f, new byte[] { 30, 128, 200, 250, 34, 10, 126, 200, 77, 0, 102, 255, 118, 118, 120, 201, 123, 3 })]
    [InlineData(0.5f, new byte[] { 30, 200, 170, 250, 10, 130, 200, 200, 77, 0, 255, 255, 118, 119, 120, 201, 4, 3 })]
    public void Turning_the_hue_is_that_of_the_HSV_model(float turns, byte[] expected)
    {
        var pixels = Colours.ToArray();
        PixelColours.TurnHue(pixels, turns);
        Assert.Equal(expected, pixels);
    }

    [Fact]
    public void Brightness_multiplies_and_stays_within_a_byte()
    {
        byte[] pixels = [0, 10, 101, 200];
        PixelColours.Brighten(pixels, 1.5f);
        Assert.Equal([0, 15, 152, 255], pixels);
    }

    [Fact]
    public void Contrast_keeps_the_mean_and_scales_the_distance_from_it()
    {
        byte[] pixels = [80, 100, 120];
        PixelColours.Contrast(pixels, 1, 0.5f);
        Assert.Equal([90, 100, 110], pixels);
    }

    [Fact]
    public void No_saturation_leaves_the_luma_and_full_saturation_everything()
    {
        var pixels = Colours.ToArray();
        PixelColours.Saturate(pixels, 1);
        Assert.Equal(Colours, pixels);
        byte[] red = [255, 0, 0];
        PixelColours.Saturate(red, 0);
        Assert.Equal([76, 76, 76], red);
    }

    [Theory]
    [InlineData(0.4, 0.6, 1.4)]
    [InlineData(3, 0, 4)]
    public void Brightness_factors_are_even_between_their_bounds(double reach, double lowest, double highest)
    {
        var grey = Augmented.Image([50], 1, 1, 1);
        var factors = Enumerable.Range(0, 2_000).Select(epoch => Augmented.Pixels(grey, new() { Jitter = new(Brightness: reach) }, epoch)[0] / 50.0).ToArray();
        Assert.InRange(factors.Min(), lowest - 0.011, lowest + 0.02);
        Assert.InRange(factors.Max(), highest - 0.02, highest + 0.011);
        Assert.InRange(factors.Average(), 1 - 0.011 + ((lowest + highest) / 2) - 1 - (0.02 * reach), 0.011 + ((lowest + highest) / 2) + (0.02 * reach));
    }

    [Fact]
    public void All_steps_together_change_most_images_in_different_ways()
    {
        var image = Augmented.Image(Colours, 2, 3, 3);
        var results = Enumerable.Range(0, 100).Select(epoch => Convert.ToHexString(Augmented.Pixels(image, new() { Jitter = new(0.4, 0.4, 0.4, 0.1) }, epoch))).ToHashSet();
        Assert.Equal(100, results.Count);
    }

    [Fact]
    public void Grey_images_have_no_saturation_or_hue_to_change() =>
        Assert.Contains("these images are grey", Augmented.Refusal(Augmented.Image([1], 1, 1, 1), new() { Jitter = new(Hue: 0.1) }), StringComparison.Ordinal);
}
