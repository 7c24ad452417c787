namespace Toolchain.Data.Tests;

public sealed class CropAndFlipTests
{
    private static readonly Dataset Shape = Augmented.Image([.. Enumerable.Range(1, 18).Select(value => (byte)value)], 2, 3, 3);
    private const string Mirrored = "7,8,9,4,5,6,1,2,3,16,17,18,13,14,15,10,11,12";

    [Fact]
    public void A_crop_gives_every_position_and_pads_with_the_fill()
    {
        var results = Draw(new() { Crop = new(1), Fill = [100, 101, 102] });
        Assert.Equal(
            Enumerable.Range(-1, 3).SelectMany(_ => Enumerable.Range(-1, 3), Moved).Order(StringComparer.Ordinal),
            results);
    }

    [Fact]
    public void A_flip_mirrors_about_half_of_the_draws_and_keeps_the_channels_in_order()
    {
        Assert.Equal(new[] { Text(Shape.Image(0)), Mirrored }.Order(StringComparer.Ordinal), Draw(new() { Flip = new() }));
        Assert.InRange(Enumerable.Range(0, 1_000).Count(epoch => IsMirrored(new(), epoch, seed: 3)), 440, 560);
    }

    [Fact]
    public void An_alternating_flip_shows_every_image_the_other_way_in_the_next_epoch()
    {
        var flip = new HorizontalFlip(FlipKind.Alternating);
        for (var epoch = 0; epoch < 8; epoch++)
            Assert.NotEqual(IsMirrored(flip, epoch, seed: 5), IsMirrored(flip, epoch + 1, seed: 5));
        Assert.InRange(Enumerable.Range(0, 1_000).Count(seed => IsMirrored(flip, epoch: 0, seed)), 440, 560);
    }

    [Fact]
    public void An_alternating_flip_starts_with_about_half_of_the_images()
    {
        var images = new Dataset("pairs", [.. Enumerable.Range(0, 2_000).Select(i => (byte)(1 + (i % 2)))], new int[1_000], 1, 2, 1, ["a"]);
        var flipped = Enumerable.Range(0, 1_000).Count(index => Augmented.Pixels(images, new() { Flip = new(FlipKind.Alternating) }, epoch: 0, index)[0] == 2);
        Assert.InRange(flipped, 440, 560);
    }

    [Fact]
    public void Padding_larger_than_the_image_leaves_only_padding_or_a_part() =>
        Assert.All(Draw(new() { Crop = new(50) }), text => Assert.Equal(18, text.Split(',').Length));

    [Fact]
    public void A_mask_moves_with_its_image_and_is_ignored_where_nothing_moved_in()
    {
        byte[] numbers = [.. Enumerable.Range(0, 12).Select(value => (byte)value)];
        var dataset = new Dataset("masked", new ImageInputs(numbers, 3, 4, 1), new MaskTargets(numbers, 12, [.. numbers.Select(value => $"{value}")]));
        var plan = Augmented.Plan(dataset, new() { Crop = new(2), Flip = new(), Fill = [MaskTargets.Ignored] });
        for (var epoch = 0; epoch < 50; epoch++)
        {
            var (pixels, mask) = (dataset.Image(0).ToArray(), dataset.Image(0).ToArray());
            plan.Apply(pixels, mask, new byte[12], epoch, 0);
            Assert.Equal(pixels, mask);
        }
    }

    private static bool IsMirrored(HorizontalFlip flip, int epoch, long seed) => Text(Augmented.Pixels(Shape, new() { Flip = flip }, epoch, seed: seed)) == Mirrored;

    private static SortedSet<string> Draw(Augmentation augmentation) =>
        new(Enumerable.Range(0, 300).Select(epoch => Text(Augmented.Pixels(Shape, augmentation, epoch))), StringComparer.Ordinal);

    private static string Moved(int down, int right)
    {
        var values = from y in Enumerable.Range(0, 2)
                     from x in Enumerable.Range(0, 3)
                     from channel in Enumerable.Range(0, 3)
                     let inside = y - down is >= 0 and < 2 && x - right is >= 0 and < 3
                     select (byte)(inside ? Shape.Image(0)[((((y - down) * 3) + x - right) * 3) + channel] : 100 + channel);
        return Text([.. values]);
    }

    private static string Text(ReadOnlySpan<byte> pixels) => string.Join(',', pixels.ToArray());
}
