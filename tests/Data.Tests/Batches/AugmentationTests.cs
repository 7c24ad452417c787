namespace Toolchain.Data.Tests;

public sealed class AugmentationTests
{
    private static readonly ImageDataset Shape = new("2×3 RGB", [.. Enumerable.Range(1, 18).Select(value => (byte)value)], [0], 2, 3, 3, ["a"]);

    [Fact]
    public void A_crop_gives_every_position_and_pads_with_the_fill()
    {
        var results = Draw(new Augmentation(CropPadding: 1) { Fill = [100, 101, 102] });
        Assert.Equal(
            Enumerable.Range(-1, 3).SelectMany(_ => Enumerable.Range(-1, 3), Moved).Order(StringComparer.Ordinal),
            results);
    }

    [Fact]
    public void A_flip_mirrors_about_half_of_the_draws_and_keeps_the_channels_in_order()
    {
        var mirrored = "7,8,9,4,5,6,1,2,3,16,17,18,13,14,15,10,11,12";
        Assert.Equal(new[] { Text(Shape.Image(0)), mirrored }.Order(StringComparer.Ordinal), Draw(new Augmentation(HorizontalFlip: true)));
    }

    [Fact]
    public void Padding_larger_than_the_image_leaves_only_padding_or_a_part() =>
        Assert.All(Draw(new Augmentation(CropPadding: 50)), text => Assert.Equal(18, text.Split(',').Length));

    private static SortedSet<string> Draw(Augmentation augmentation)
    {
        var drawn = new SortedSet<string>(StringComparer.Ordinal);
        var result = new byte[18];
        for (var i = 0; i < 300; i++)
        {
            var random = new SeededRandom(i);
            augmentation.Apply(Shape.Image(0), result, Shape, ref random);
            drawn.Add(Text(result));
        }

        return drawn;
    }

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
