using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Train.Inside;

namespace Toolchain.Train.Tests.Inside;

/// <summary>Pictures, sheets, colours and filters.</summary>
public sealed class PictureTests
{
    [Fact]
    public void A_picture_is_the_same_after_its_file()
    {
        var picture = Picture.Of((ReadOnlySpan<byte>)[10, 20, 30, 40, 50, 60], 1, 2, 3).Enlarged(2);
        Assert.Equal((2, 4), (picture.Height, picture.Width));
        byte[] row = [10, 20, 30, 10, 20, 30, 40, 50, 60, 40, 50, 60];
        Assert.Equal([.. row, .. row], picture.Pixels);
        var decoded = new byte[24];
        ImageDecoder.Decode(picture.Png(), decoded, 3, 2, 4);
        Assert.Equal(picture.Pixels, decoded);
    }

    [Fact]
    public void Planes_become_pixels_and_what_is_outside_is_cut_off()
    {
        Assert.Equal([0, 0, 0, 128, 128, 128, 255, 255, 255], Picture.Of((ReadOnlySpan<float>)[-1, 0.5f, 2], 1, 3).Pixels);
        Assert.Equal([0, 51, 102, 255, 204, 153], Picture.Of((ReadOnlySpan<float>)[0, 1, 0.2f, 0.8f, 0.4f, 0.6f], 1, 2).Pixels);
    }

    [Fact]
    public void A_sheet_has_gaps_of_white_around_every_picture()
    {
        var sheet = ContactSheet.Of([new(2, 3), new(2, 3), new(2, 3)], columns: 2);
        Assert.Equal(((2 * (2 + ContactSheet.Gap)) + ContactSheet.Gap, (2 * (3 + ContactSheet.Gap)) + ContactSheet.Gap), (sheet.Height, sheet.Width));
        Assert.Equal(3 * 6 * 3, sheet.Pixels.Count(static p => p == 0));
        Assert.All(sheet.Pixels, static p => Assert.True(p is 0 or 255));
    }

    [Fact]
    public void The_colours_of_heat_rise_evenly_from_black_to_white()
    {
        var (first, last) = (HeatMap.Colour(0), HeatMap.Colour(1));
        Assert.Equal((0, 0, 0, 1, 1, 1), (first.Red, first.Green, first.Blue, last.Red, last.Green, last.Blue));

        // Equation 2 is made so that the perceived brightness, 0.30 R + 0.59 G + 0.11 B, is the value itself.
        for (var value = 0.0; value <= 1; value += 1 / 32.0)
        {
            var (red, green, blue) = HeatMap.Colour(value);
            Assert.Equal(value, (0.30 * red) + (0.59 * green) + (0.11 * blue), 1e-3);
        }
    }

    [Fact]
    public void Values_are_stretched_to_the_largest_that_is_not_cut()
    {
        float[] values = [0, 1, 2, 4];
        HeatMap.Stretch(values, 0);
        Assert.Equal([0, 0.25f, 0.5f, 1], values);
        values = [0, 1, 2, 100];
        HeatMap.Stretch(values, 0.34);
        Assert.Equal([0, 0.5f, 1, 1], values);
        values = [0, 0];
        HeatMap.Stretch(values, 0);
        Assert.Equal([0, 0], values);
    }

    [Fact]
    public void Nothing_is_laid_over_where_there_is_no_heat()
    {
        var image = Picture.Of((ReadOnlySpan<byte>)[90, 90], 1, 2, 1);
        var result = HeatMap.Over(image, [0, 1]);
        Assert.Equal([90, 90, 90], result.Pixels[..3]);
        Assert.NotEqual([90, 90, 90], result.Pixels[3..]);
    }

    [Fact]
    public void A_known_filter_is_drawn_from_black_to_white()
    {
        // Sobel's filter for vertical edges: −2 is black, 0 the middle, 2 white.
        var filters = FirstFilters.Draw(TensorData.Of<float>([-1, 0, 1, -2, 0, 2, -1, 0, 1, 3, 3, 3, 3, 3, 3, 3, 3, 3], 2, 1, 3, 3));
        Assert.Equal(2, filters.Count);
        Assert.Equal((48, 48), (filters[0].Height, filters[0].Width));
        byte[] expected = [64, 128, 191, 0, 128, 255, 64, 128, 191];
        Assert.Equal(expected, Enumerable.Range(0, 9).Select(i => filters[0].Pixels[3 * (((16 * (i / 3)) * 48) + (16 * (i % 3)))]));
        Assert.All(filters[1].Pixels, static p => Assert.Equal(128, p));
    }

    [Fact]
    public void Filters_of_three_channels_are_in_colour_and_others_have_a_row_each()
    {
        var colour = Assert.Single(FirstFilters.Draw(TensorData.Of<float>([0, 0.2f, 1], 1, 3, 1, 1)));
        Assert.Equal([0, 51, 255], colour.Pixels[..3]);
        var sheet = FirstFilters.Sheet(TensorData.Of<float>(new float[8], 2, 4, 1, 1));
        Assert.Equal(((2 * 52) + 4, (4 * 52) + 4), (sheet.Height, sheet.Width));
    }
}
