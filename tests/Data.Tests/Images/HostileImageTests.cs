namespace Toolchain.Data.Tests;

public sealed class HostileImageTests
{
    public static TheoryData<ImageFormat> Formats => Samples.Formats;

    [Fact]
    public void An_image_bomb_is_refused_by_its_header() =>
        AssertRefused(PngBytes.Bomb(50_000, 50_000), "PNG image has 50000 × 50000 = 2500000000 pixels; the limit is 50000000");

    [Fact]
    public void The_limits_can_be_set()
    {
        var png = ImageEncoder.Png(new byte[200], 10, 20, 1);
        ImageDecoder.Decode(png, new byte[200], 1, 10, 20, new ImageLimits { MaxPixels = 200, MaxBytes = png.Length });
        AssertRefused(png, "10 × 20 = 200 pixels; the limit is 199", new ImageLimits { MaxPixels = 199 });
        AssertRefused(png, $"file has {png.Length} bytes; the limit is {png.Length - 1}", new ImageLimits { MaxBytes = png.Length - 1 });
    }

    [Fact]
    public void An_empty_body_is_refused() => AssertRefused([], "empty (0 bytes)");

    [Theory]
    [InlineData("<html><body>not found</body></html>", "begins with 3c68746d6c3e3c62")]
    [InlineData("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>", "begins with 3c737667")]
    [InlineData("%PDF-1.7", "begins with 25504446")]
    [InlineData("P5 1 1 255 x", "begins with 5035")]
    [InlineData("x", "begins with 78.")]
    public void What_is_no_image_is_shown_by_its_first_bytes(string text, string fragment) => AssertRefused(System.Text.Encoding.UTF8.GetBytes(text), fragment);

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_file_cut_short_is_an_error_that_names_its_format(ImageFormat format)
    {
        var encoded = Samples.Encode(format, Samples.Noise(64 * 64 * 3), 64, 64);
        foreach (var length in new[] { 16, encoded.Length / 4, encoded.Length / 2, encoded.Length * 9 / 10 })
        {
            AssertRefused(encoded[..length], $"{format} image cannot be decoded: it is damaged or cut short");
            var error = Assert.Throws<ToolchainException>(() => Samples.Decode(encoded[..length], 3, 64, 64));
            Assert.Equal(ErrorKind.BadInput, error.Kind);
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Damaged_files_decode_or_fail_but_never_harm_the_process(ImageFormat format)
    {
        var encoded = Samples.Encode(format, Samples.Gradient(48, 48), 48, 48);
        var random = new Random(5);
        var refused = 0;
        for (var round = 0; round < 150; round++)
        {
            var damaged = encoded.ToArray();
            for (var i = 0; i <= round % 8; i++)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            try
            {
                Samples.Decode(damaged, 3, 48, round % 2 == 0 ? 48 : 20);
            }
            catch (ToolchainException e) when (e.Kind == ErrorKind.BadInput)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 1, 150);
    }

    [Fact]
    public void What_is_said_of_a_damaged_image_is_the_same_beside_other_damaged_ones()
    {
        var damaged = Samples.Formats.Select(static format => Samples.Encode((ImageFormat)format.Data, Samples.Noise(64 * 64 * 3), 64, 64)[..200]).ToList();
        var alone = damaged.ConvertAll(Refusal);
        Parallel.For(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => Assert.Equal(alone[i % alone.Count], Refusal(damaged[i % alone.Count])));

        static string Refusal(byte[] encoded) => Assert.Throws<ToolchainException>(() => Samples.Decode(encoded, 3, 64, 64)).Message;
    }

    [Fact]
    public void Many_threads_decode_at_once()
    {
        var test = Installed.FashionMnist.Test;
        Parallel.For(0, 1_000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            if (i % 10 == 0)
                AssertRefused("not an image"u8.ToArray(), "not an image");
            if (i % 10 == 5)
                AssertRefused(ImageEncoder.Png(test.Image(i), 28, 28, 1)[..60], "cannot be decoded");
            Assert.Equal(test.Image(i), Samples.Decode(ImageEncoder.Png(test.Image(i), 28, 28, 1), 1, 28, 28));
        });
    }

    private static void AssertRefused(byte[] encoded, string fragment, ImageLimits? limits = null)
    {
        var error = Assert.Throws<ToolchainException>(() => ImageDecoder.Decode(encoded, new byte[200], 1, 10, 20, limits));
        Assert.Equal(ErrorKind.BadInput, error.Kind);
        Assert.Contains(fragment, error.Message, StringComparison.OrdinalIgnoreCase);
    }
}
