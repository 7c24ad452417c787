namespace Toolchain.Serve.Tests.Support;

/// <summary>Pixels for tests.</summary>
internal static class Images
{
    /// <summary>Random pixels, the same for a seed: <c>uint8 [H, W, C]</c>.</summary>
    public static byte[] Noise(int height, int width, int channels, int seed)
    {
        var random = new SeededRandom(seed);
        var pixels = new byte[height * width * channels];
        foreach (ref var pixel in pixels.AsSpan())
        {
            pixel = (byte)random.Below(256);
        }

        return pixels;
    }
}
