using System.Globalization;
using Toolchain.Data;

namespace Toolchain.Bench.Loader;

/// <summary>Pictures whose JPEG files are about as large as those of photographs: waves of many lengths, a texture, and some noise.</summary>
internal static class Photographs
{
    private const int Classes = 10;
    private const int Quality = 88;

    public static void Write(string folder, int count, int height, int width) => Parallel.For(0, count, number =>
    {
        var place = Directory.CreateDirectory(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"class{number % Classes}"))).FullName;
        File.WriteAllBytes(Path.Combine(place, string.Create(CultureInfo.InvariantCulture, $"{number:d5}.jpg")), ImageEncoder.Jpeg(Draw(number, height, width), height, width, 3, Quality));
    });

    private static byte[] Draw(int seed, int height, int width)
    {
        var random = new Random(seed);
        var waves = Enumerable.Range(0, 12).Select(i => (
            Across: (random.NextDouble() - 0.5) * 0.02 * (1 << (i / 2)),
            Down: (random.NextDouble() - 0.5) * 0.02 * (1 << (i / 2)),
            Shift: random.NextDouble() * 6,
            Strength: 60.0 / (1 + i),
            Channel: random.Next(3))).ToArray();
        var pixels = new byte[height * width * 3];
        for (var i = 0; i < pixels.Length; i += 3)
        {
            var (y, x) = (i / 3 / width, i / 3 % width);
            var (noise, light) = ((random.NextDouble() - 0.5) * 16, 0.0);
            Span<double> colour = [110, 110, 110];
            foreach (var wave in waves)
            {
                var value = wave.Strength * Math.Sin((x * wave.Across) + (y * wave.Down) + wave.Shift);
                light += value;
                colour[wave.Channel] += value / 2;
            }

            for (var channel = 0; channel < 3; channel++)
                pixels[i + channel] = (byte)Math.Clamp(colour[channel] + light + noise, 0, 255);
        }

        return pixels;
    }
}
