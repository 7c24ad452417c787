namespace Toolchain.Data.Tests;

public sealed class ImageDecoderTests
{
    public static TheoryData<ImageFormat> Formats => Samples.Formats;

    [Fact]
    public void A_PNG_of_the_wanted_size_is_bit_exact()
    {
        var test = Installed.FashionMnist.Test;
        for (var i = 0; i < 200; i++)
        {
            var png = ImageEncoder.Png(test.Image(i), 28, 28, 1);
            Assert.Equal(test.Image(i), Samples.Decode(png, 1, 28, 28));
        }

        var colour = Samples.Noise(17 * 31 * 3);
        Assert.Equal(colour, Samples.Decode(ImageEncoder.Png(colour, 17, 31, 3), 3, 17, 31));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Every_format_is_recognised_and_decoded(ImageFormat format)
    {
        var picture = Samples.Gradient(40, 64);
        var encoded = Samples.Encode(format, picture, 40, 64);
        var header = ImageDecoder.Read(encoded);
        Assert.Equal((format, 40, 64), (header.Format, header.Height, header.Width));
        Assert.InRange(Samples.Difference(picture, Samples.Decode(encoded, 3, 40, 64)), 0, format is ImageFormat.Gif ? 12 : 3);
    }

    [Theory]
    [InlineData(ImageFormat.Png)]
    [InlineData(ImageFormat.WebP)]
    [InlineData(ImageFormat.Tiff)]
    public void Formats_without_loss_are_bit_exact(ImageFormat format)
    {
        var picture = Samples.Noise(20 * 30 * 3);
        Assert.Equal(picture, Samples.Decode(Samples.Encode(format, picture, 20, 30), 3, 20, 30));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Another_size_is_resized_to_exactly_the_wanted_one(ImageFormat format)
    {
        var encoded = Samples.Encode(format, Samples.Gradient(300, 400), 300, 400);
        Assert.InRange(Samples.Difference(Samples.Gradient(32, 48), Samples.Decode(encoded, 3, 32, 48)), 0, 12);
        Assert.InRange(Samples.Difference(Samples.Gradient(350, 90), Samples.Decode(encoded, 3, 350, 90)), 0, 12);
    }

    [Fact]
    public void Grey_becomes_three_equal_channels()
    {
        var rgb = Samples.Decode(ImageEncoder.Png([7, 200], 1, 2, 1), 3, 1, 2);
        Assert.Equal([7, 7, 7, 200, 200, 200], rgb);
    }

    [Fact]
    public void Colour_becomes_grey_by_BT601_luma()
    {
        byte[] colours = [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 10, 200, 30];
        Assert.Equal([76, 150, 29, 255, 124], Samples.Decode(ImageEncoder.Png(colours, 1, 5, 3), 1, 1, 5));
    }

    [Fact]
    public void Grey_stored_as_RGB_keeps_every_level()
    {
        var levels = Enumerable.Range(0, 256).Select(level => (byte)level).ToArray();
        var rgb = levels.SelectMany(level => new[] { level, level, level }).ToArray();
        Assert.Equal(levels, Samples.Decode(ImageEncoder.Png(rgb, 16, 16, 3), 1, 16, 16));
    }

    [Fact]
    public void Sixteen_bits_keep_their_high_byte()
    {
        var grey = PngBytes.Write(1, 3, 16, PngBytes.Grey, [0, 0, 0xab, 0xcd, 0xff, 0xff]);
        Assert.Equal([0, 0xab, 0xff], Samples.Decode(grey, 1, 1, 3));
        var rgb = PngBytes.Write(1, 1, 16, PngBytes.Rgb, [0x10, 0xff, 0x80, 0x00, 0xff, 0x00]);
        Assert.Equal([0x10, 0x80, 0xff], Samples.Decode(rgb, 3, 1, 1));
    }

    [Theory]
    [InlineData("float", false)]
    [InlineData("short", false)]
    [InlineData("uint", false)]
    [InlineData("ushort", true)]
    public unsafe void A_TIFF_whose_values_have_no_known_range_is_refused_rather_than_shown_black(string type, bool read)
    {
        byte[] tiff;
        VipsLibrary.EnsureStarted();
        fixed (byte* data = Samples.Noise(16))
        {
            using var bytes = VipsImage.Wrap(data, 4, 4, 1);
            using var values = bytes.Apply("cast", $"format={type},shift=true");
            tiff = values.Save("tiffsave_buffer", "");
        }

        if (read)
        {
            Assert.All(Samples.Noise(16).Zip(Samples.Decode(tiff, 1, 4, 4)), pair => Assert.InRange(pair.First - pair.Second, -1, 1));
            return;
        }

        Assert.Contains("TIFF image's values are not unsigned numbers of 8 or 16 bits", Assert.Throws<ToolchainException>(() => ImageDecoder.Read(tiff)).Message, StringComparison.Ordinal);
        Assert.Equal(ErrorKind.BadInput, Assert.Throws<ToolchainException>(() => Samples.Decode(tiff, 1, 4, 4)).Kind);
    }

    [Fact]
    public void Transparency_is_laid_over_black()
    {
        var rgba = PngBytes.Write(1, 3, 8, PngBytes.Rgba, [200, 100, 50, 255, 200, 100, 50, 0, 200, 100, 50, 128]);
        Assert.Equal([200, 100, 50, 0, 0, 0, 100, 50, 25], Samples.Decode(rgba, 3, 1, 3));
        var grey = PngBytes.Write(1, 2, 8, PngBytes.GreyAlpha, [200, 255, 200, 0]);
        Assert.Equal([200, 0], Samples.Decode(grey, 1, 1, 2));
        var deep = PngBytes.Write(1, 2, 16, PngBytes.Rgba, [200, 0, 100, 0, 50, 0, 0xff, 0xff, 200, 0, 100, 0, 50, 0, 0, 0]);
        Assert.Equal([200, 100, 50, 0, 0, 0], Samples.Decode(deep, 3, 1, 2));
        Assert.Equal(4, ImageDecoder.Read(deep).Bands);
    }

    [Fact]
    public void Palettes_and_single_bits_are_expanded()
    {
        var palette = PngBytes.Write(1, 2, 8, PngBytes.Palette, [1, 0], palette: [10, 20, 30, 40, 50, 60]);
        Assert.Equal([40, 50, 60, 10, 20, 30], Samples.Decode(palette, 3, 1, 2));
        var bits = PngBytes.Write(1, 8, 1, PngBytes.Grey, [0b1010_0001]);
        Assert.Equal([255, 0, 255, 0, 0, 0, 0, 255], Samples.Decode(bits, 1, 1, 8));
    }

    [Theory]
    [InlineData(16, 16)]
    [InlineData(8, 8)]
    public unsafe void CMYK_becomes_sRGB(int height, int width)
    {
        // White paper without ink on the left, full black ink on the right.
        byte[] inks = [.. Enumerable.Range(0, 256).SelectMany(pixel => pixel % 16 < 8 ? new byte[] { 0, 0, 0, 0 } : [0, 0, 0, 255])];
        byte[] jpeg;
        VipsLibrary.EnsureStarted();
        fixed (byte* data = inks)
        {
            using var raw = VipsImage.Wrap(data, 16, 16, 4);
            using var cmyk = raw.Apply("copy", "interpretation=cmyk");
            jpeg = cmyk.Save("jpegsave_buffer", "Q=100");
        }

        Assert.Equal(4, ImageDecoder.Read(jpeg).Bands);
        var rgb = Samples.Decode(jpeg, 3, height, width);
        Assert.All(rgb[..3], value => Assert.InRange(value, 245, 255));
        Assert.All(rgb[^3..], value => Assert.InRange(value, 0, 70));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void The_EXIF_orientation_is_honoured(byte orientation)
    {
        const int Height = 16, Width = 24;
        var plain = Samples.Encode(ImageFormat.Jpeg, Samples.Gradient(Height, Width), Height, Width);
        var stored = Samples.Decode(plain, 3, Height, Width);
        byte[] exif =
        [
            0xff, 0xe1, 0, 34, .. "Exif\0\0"u8, // APP1
            .. "MM\0*"u8, 0, 0, 0, 8, // TIFF header, the first directory at offset 8
            0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0, // one entry: tag 0x0112, short
        ];
        byte[] tagged = [.. plain[..2], .. exif, .. plain[2..]];

        var (height, width) = orientation >= 5 ? (Width, Height) : (Height, Width);
        Assert.Equal((height, width), (ImageDecoder.Read(tagged).Height, ImageDecoder.Read(tagged).Width));
        var shown = new byte[stored.Length];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                // Where the pixel shown at (y, x) is stored: EXIF 2.3, tag 0x0112 says which side the stored row 0 and column 0 are.
                var (row, column) = orientation switch
                {
                    1 => (y, x),
                    2 => (y, width - 1 - x),
                    3 => (height - 1 - y, width - 1 - x),
                    4 => (height - 1 - y, x),
                    5 => (x, y),
                    6 => (width - 1 - x, y),
                    7 => (width - 1 - x, height - 1 - y),
                    _ => (x, height - 1 - y),
                };
                stored.AsSpan(3 * ((row * Width) + column), 3).CopyTo(shown.AsSpan(3 * ((y * width) + x)));
            }
        }

        Assert.Equal(shown, Samples.Decode(tagged, 3, height, width));
        var half = Samples.Decode(ImageEncoder.Png(shown, height, width, 3), 3, height / 2, width / 2);
        Assert.InRange(Samples.Difference(half, Samples.Decode(tagged, 3, height / 2, width / 2)), 0, 4);
    }

    [Fact]
    public void A_wrong_buffer_or_channel_count_is_a_mistake_of_the_caller()
    {
        var png = ImageEncoder.Png([1, 2], 1, 2, 1);
        Assert.Throws<ArgumentException>(() => ImageDecoder.Decode(png, new byte[3], 1, 1, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageDecoder.Decode(png, new byte[4], 2, 1, 2));
    }
}
