namespace Toolchain.Data.Tests;

/// <summary>Alone, because it watches the memory of the whole process.</summary>
[CollectionDefinition(nameof(NativeMemoryTests), DisableParallelization = true)]
[Collection(nameof(NativeMemoryTests))]
public sealed class NativeMemoryTests
{
    private const long Tolerance = 16 << 20;

    // libvips' threads keep a line buffer each; one image that stayed would be 57,600 bytes, two thousand of them 115 MB.
    private const long KeptByThreads = 1 << 20;

    [Fact]
    public void Two_thousand_images_leave_no_native_memory_behind()
    {
        byte[][] files =
        [
            .. Enum.GetValues<ImageFormat>().Select(format => Samples.Encode(format, Samples.Gradient(120, 160), 120, 160)),
            Samples.Encode(ImageFormat.Jpeg, Samples.Gradient(120, 160), 120, 160)[..1_000],
            PngBytes.Bomb(50_000, 50_000),
        ];
        DecodeAll(files, rounds: 25);

        var (tracked, resident) = (VipsNative.TrackedBytes(), Environment.WorkingSet);
        DecodeAll(files, rounds: 250);
        Assert.InRange((long)VipsNative.TrackedBytes() - (long)tracked, long.MinValue, KeptByThreads);
        Assert.InRange(Environment.WorkingSet - resident, long.MinValue, Tolerance);
    }

    private static void DecodeAll(byte[][] files, int rounds)
    {
        var pixels = new byte[120 * 160 * 3];
        for (var round = 0; round < rounds; round++)
        {
            foreach (var file in files)
            {
                try
                {
                    var (height, width) = round % 2 == 0 ? (120, 160) : (32, 32);
                    ImageDecoder.Decode(file, pixels.AsSpan(0, height * width * 3), 3, height, width);
                }
                catch (ToolchainException)
                {
                    Assert.Contains(file, files[^2..]);
                }
            }
        }
    }
}
