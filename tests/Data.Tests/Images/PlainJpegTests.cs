using System.Buffers.Binary;

namespace Toolchain.Data.Tests;

public sealed class PlainJpegTests
{
    private const int Height = 37, Width = 53;

    public static TheoryData<string, int, int> Forms => new MatrixTheoryData<string, int, int>(["Q=90", "Q=30", "Q=95,subsample-mode=off", "Q=80,interlace=true", "Q=75,optimize-coding=true,restart-interval=4"], [1, 3], [1, 3]);

    [Fact]
    public void The_library_is_there() => Assert.True(TurboJpeg.IsAvailable, "Run eng/setup.sh.");

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_plain_file_gives_what_libvips_gives(string options, int stored, int wanted)
    {
        var jpeg = Encode(stored, options);
        var pixels = new byte[Height * Width * wanted];
        var plain = PlainJpeg.TryDecode(jpeg, pixels, wanted, Height, Width, out var bands);

        // Grey out of colours has a rule of its own here.
        Assert.Equal(stored <= wanted, plain);
        if (plain)
        {
            Assert.Equal(stored, bands);
            Assert.Equal(Samples.Decode(WithExif(jpeg, [1, 2, 3]), wanted, Height, Width), pixels);
            Assert.Equal(Samples.Decode(jpeg, wanted, Height, Width), pixels);
        }
    }

    [Theory]
    [InlineData(true, 1, true)]
    [InlineData(false, 1, true)]
    [InlineData(true, 6, false)]
    [InlineData(false, 3, false)]
    public void A_file_that_says_how_it_is_turned_is_plain_only_when_it_is_upright(bool little, ushort orientation, bool plain)
    {
        var jpeg = WithExif(Encode(3, "Q=90,keep=none"), Exif(little, orientation));
        Assert.Equal(plain, TryDecode(jpeg));
        var turned = orientation >= 5;
        var decoded = Samples.Decode(jpeg, 3, turned ? Width : Height, turned ? Height : Width);
        Assert.Equal(plain, decoded.AsSpan().SequenceEqual(Samples.Decode(Encode(3, "Q=90,keep=none"), 3, Height, Width)));
    }

    [Fact]
    public void Another_kind_of_file_is_left_to_libvips()
    {
        var jpeg = Encode(3, "Q=90");
        Assert.True(TryDecode(jpeg));
        Assert.False(PlainJpeg.TryDecode(jpeg, new byte[Height * Width * 3], 3, Width, Height, out _));
        Assert.False(TryDecode(WithExif(jpeg, [])));
        Assert.False(TryDecode(WithExif(jpeg, Exif(little: true, 1)[..^5])));
    }

    [Fact]
    public void A_file_that_is_cut_short_is_left_to_libvips()
    {
        var jpeg = Encode(3, "Q=90");
        for (var length = 0; length < jpeg.Length - 2; length += 7)
        {
            Assert.False(TryDecode(jpeg[..length]));
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(20)]
    [InlineData(300)]
    [InlineData(3000)]
    public void A_damaged_file_does_not_spoil_the_next(int length)
    {
        var jpeg = Encode(3, "Q=90");
        for (var i = 0; i < 3; i++)
        {
            Assert.False(TryDecode(jpeg[..length]));
            Assert.True(TryDecode(jpeg));
        }
    }

    [Fact]
    public void Changed_bytes_do_not_harm_the_process()
    {
        var (jpeg, random, plain) = (Encode(3, "Q=90"), new Random(3), 0);
        for (var round = 0; round < 2_000; round++)
        {
            var damaged = jpeg.ToArray();
            for (var i = 0; i <= round % 5; i++)
            {
                damaged[random.Next(2, damaged.Length)] = (byte)random.Next(256);
            }

            plain += TryDecode(damaged) ? 1 : 0;
        }

        Assert.InRange(plain, 1, 1_999);
    }

    private static bool TryDecode(byte[] jpeg) => PlainJpeg.TryDecode(jpeg, new byte[Height * Width * 3], 3, Height, Width, out _);

    private static byte[] Encode(int channels, string options) => ImageEncoder.Encode(Samples.Noise(Height * Width * channels), Height, Width, channels, "jpegsave_buffer", options);

    // A segment after the first two bytes, which libvips reads and a plain file does not have.
    private static byte[] WithExif(byte[] jpeg, byte[] tiff)
    {
        byte[] content = [.. "Exif\0\0"u8, .. tiff];
        return [.. jpeg[..2], 0xff, 0xe1, (byte)((content.Length + 2) >> 8), (byte)(content.Length + 2), .. content, .. jpeg[2..]];
    }

    // A TIFF header, and a directory of one entry: the orientation, a SHORT.
    private static byte[] Exif(bool little, ushort orientation)
    {
        var tiff = new byte[8 + 2 + 12 + 4];
        (little ? "II*\0"u8 : "MM\0*"u8).CopyTo(tiff);
        Write32(4, 8);
        Write16(8, 1);
        Write16(10, 0x0112);
        Write16(12, 3);
        Write32(14, 1);
        Write16(18, orientation);
        return tiff;

        void Write16(int at, ushort value) => _ = little ? BinaryPrimitives.TryWriteUInt16LittleEndian(tiff.AsSpan(at), value) : BinaryPrimitives.TryWriteUInt16BigEndian(tiff.AsSpan(at), value);

        void Write32(int at, int value) => _ = little ? BinaryPrimitives.TryWriteInt32LittleEndian(tiff.AsSpan(at), value) : BinaryPrimitives.TryWriteInt32BigEndian(tiff.AsSpan(at), value);
    }
}
