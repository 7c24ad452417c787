namespace Toolchain.Data.Tests;

public sealed class RandomErasingTests
{
    private const int Size = 64;

    // All values are 0 but one, so that the mean is known and what was painted shows.
    private static readonly Dataset Black = new("black", [.. new byte[2 * Size * Size * 3].Select((_, i) => (byte)(i < Size * Size * 3 ? 0 : 100))], [0, 0], Size, Size, 3, ["a"]);

    [Fact]
    public void The_painted_part_is_a_rectangle_of_the_wanted_area_and_aspect()
    {
        var (areas, ratios) = (new List<double>(), new List<double>());
        for (var epoch = 0; epoch < 500; epoch++)
        {
            var painted = Painted(Augmented.Pixels(Black, new() { Erasing = new(1, ErasingFill.Mean) }, epoch));
            var (rows, columns) = (painted.Select(pixel => pixel / Size).ToHashSet(), painted.Select(pixel => pixel % Size).ToHashSet());
            Assert.Equal(rows.Count * columns.Count, painted.Length);
            Assert.Equal((rows.Count - 1, columns.Count - 1), (rows.Max() - rows.Min(), columns.Max() - columns.Min()));
            areas.Add((double)painted.Length / (Size * Size));
            ratios.Add((double)rows.Count / columns.Count);
        }

        Assert.InRange(areas.Min(), 0.015, 0.03);
        Assert.InRange(areas.Max(), 0.37, 0.41);
        Assert.InRange(areas.Average(), 0.18, 0.23);
        Assert.InRange(ratios.Min(), 0.25, 0.4);
        Assert.InRange(ratios.Max(), 2.5, 3.8);
        Assert.InRange(ratios.Select(ratio => Math.Log(ratio)).Average(), -0.15, 0.15);
    }

    [Fact]
    public void It_happens_with_the_given_probability()
    {
        var changed = Enumerable.Range(0, 2_000).Count(epoch => Painted(Augmented.Pixels(Black, new() { Erasing = new(0.25, ErasingFill.Mean) }, epoch)).Length > 0);
        Assert.InRange(changed, 430, 570);
    }

    [Fact]
    public void The_mean_is_that_of_each_channel_over_the_training_images()
    {
        var pixels = Augmented.Pixels(Black, new() { Erasing = new(1, ErasingFill.Mean) }, epoch: 0);
        Assert.Equal(new byte[] { 0, 50 }, pixels.Distinct().Order());
    }

    [Fact]
    public void Random_values_are_even_over_all_bytes()
    {
        var values = Enumerable.Range(0, 50).SelectMany(epoch => Augmented.Pixels(Black, new() { Erasing = new(1) { SmallestArea = 0.4 } }, epoch)).Where(value => value > 0).ToArray();
        Assert.InRange(values.Select(value => (double)value).Average(), 127, 129);
        Assert.Equal(255, values.Distinct().Count());
    }

    [Fact]
    public void A_mask_still_tells_what_is_hidden()
    {
        byte[] mask = [.. Enumerable.Repeat((byte)1, 16)];
        var dataset = new Dataset("masked", new ImageInputs(new byte[16], 4, 4, 1), new MaskTargets(mask, 16, ["a", "b"]));
        var (pixels, changed) = (new byte[16], mask.ToArray());
        Augmented.Plan(dataset, new() { Erasing = new(1) }).Apply(pixels, changed, new byte[16], 0, 0);
        Assert.Contains(pixels, value => value != 0);
        Assert.Equal(mask, changed);
    }

    private static int[] Painted(byte[] pixels) => [.. Enumerable.Range(0, pixels.Length / 3).Where(pixel => pixels.AsSpan(3 * pixel, 3).ContainsAnyExcept((byte)0))];
}
