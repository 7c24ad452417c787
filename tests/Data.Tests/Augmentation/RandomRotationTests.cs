namespace Toolchain.Data.Tests;

public sealed class RandomRotationTests
{
    private static readonly byte[] Picture = [.. Enumerable.Range(0, 20).Select(value => (byte)((value * 37) + 7))];

    // PyTorch's grid_sample of the 4×5 picture with the grid of a turn by 30° counter-clockwise; 10 where nothing is (bilinear), 255 (nearest).
    private static readonly byte[] Turned = [17, 57, 94, 91, 41, 39, 107, 32, 139, 29, 180, 194, 178, 187, 175, 75, 114, 111, 93, 40];
    private static readonly byte[] TurnedNearest = [255, 81, 118, 84, 84, 44, 229, 10, 232, 13, 192, 229, 195, 232, 161, 121, 121, 87, 124, 255];

    [Fact]
    public void A_turn_interpolates_as_PyTorch_does()
    {
        var picture = Picture.ToArray();
        RandomRotation.Turn(new(picture, 4, 5, 1, [10]), new byte[20], 30);
        Assert.Equal(Turned, picture);
    }

    [Fact]
    public void A_mask_takes_the_nearest_pixel_and_is_ignored_outside()
    {
        var picture = Picture.ToArray();
        RandomRotation.TurnNearest(new(picture, 4, 5, 1, [MaskTargets.Ignored]), new byte[20], 30);
        Assert.Equal(TurnedNearest, picture);
    }

    [Fact]
    public void A_quarter_turn_is_counter_clockwise_and_keeps_the_channels()
    {
        byte[] square = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
        RandomRotation.Turn(new(square, 2, 2, 3, [0, 0, 0]), new byte[12], 90);
        Assert.Equal([4, 5, 6, 10, 11, 12, 1, 2, 3, 7, 8, 9], square);
    }

    [Fact]
    public void Angles_cover_both_directions_up_to_the_limit()
    {
        // The bright pixel is ten pixels above the middle: where it goes shows the angle.
        var pixels = new byte[31 * 31];
        pixels[(5 * 31) + 15] = 255;
        var dataset = Augmented.Image(pixels, 31, 31, 1);
        var columns = Enumerable.Range(0, 300).Select(epoch => Array.IndexOf(BrightestFirst(epoch), true) % 31).ToArray();
        Assert.InRange(columns.Min(), 9, 11);
        Assert.InRange(columns.Max(), 19, 21);

        bool[] BrightestFirst(int epoch)
        {
            var turned = Augmented.Pixels(dataset, new() { Rotation = new(30) }, epoch);
            return [.. turned.Select(value => value == turned.Max())];
        }
    }
}
