namespace Toolchain.Data.Tests;

public sealed class PlainPngTests
{
    private const int Height = 9, Width = 13;

    public static TheoryData<byte, int> FiltersAndChannels => new MatrixTheoryData<byte, int>([0, 1, 2, 3, 4], [1, 3]);

    [Theory]
    [MemberData(nameof(FiltersAndChannels))]
    public void Every_filter_is_undone_as_libvips_undoes_it(byte filter, int channels)
    {
        var filtered = Samples.Noise(Height * Width * channels);
        var colour = channels == 1 ? PngBytes.Grey : PngBytes.Rgb;
        var plain = PngBytes.Write(Height, Width, 8, colour, filtered, filter: filter);
        var other = PngBytes.Write(Height, Width, 8, colour, filtered, filter: filter, ancillary: "teSt");

        var pixels = new byte[filtered.Length];
        Assert.True(PlainPng.TryDecode(plain, pixels, channels, Height, Width));
        Assert.False(PlainPng.TryDecode(other, new byte[filtered.Length], channels, Height, Width));
        Assert.Equal(Samples.Decode(other, channels, Height, Width), pixels);
    }

    [Theory]
    [InlineData("gAMA", true)]
    [InlineData("pHYs", true)]
    [InlineData("tRNS", false)]
    [InlineData("eXIf", false)]
    [InlineData("IDAT", false)]
    public void Only_chunks_that_cannot_matter_are_passed_over(string chunk, bool plain) =>
        Assert.Equal(plain, TryDecode(PngBytes.Write(Height, Width, 8, PngBytes.Grey, Samples.Noise(Height * Width), ancillary: chunk)));

    [Fact]
    public void Another_kind_of_file_is_left_to_libvips()
    {
        Assert.False(TryDecode(PngBytes.Write(Height, Width, 8, PngBytes.Rgb, Samples.Noise(Height * Width * 3))));
        Assert.False(TryDecode(PngBytes.Write(Height, Width, 16, PngBytes.Grey, Samples.Noise(Height * Width * 2))));
        Assert.False(TryDecode(PngBytes.Write(Width, Height, 8, PngBytes.Grey, Samples.Noise(Height * Width))));
        Assert.False(TryDecode(PngBytes.Write(Height, Width, 8, PngBytes.Grey, Samples.Noise(Height * Width), filter: 5)));
        Assert.False(TryDecode(PngBytes.Write(Height, Width, 8, PngBytes.Grey, Samples.Noise(Height * (Width + 1)))));
        Assert.False(TryDecode(PngBytes.Write(Height, Width, 8, PngBytes.Grey, Samples.Noise(Height * (Width - 1)))));
    }

    [Fact]
    public void Any_changed_or_missing_byte_is_left_to_libvips()
    {
        var png = PngBytes.Write(Height, Width, 8, PngBytes.Grey, Samples.Noise(Height * Width), ancillary: "gAMA");
        Assert.True(TryDecode(png));
        for (var at = 0; at < png.Length; at++)
        {
            Assert.False(TryDecode(png[..at]));
            var damaged = png.ToArray();
            damaged[at] ^= 0x10;
            if (at >= 8) // the signature is looked at before
                Assert.False(TryDecode(damaged));
        }
    }

    private static bool TryDecode(byte[] png) => PlainPng.TryDecode(png, new byte[Height * Width], 1, Height, Width);
}
