using System.Text.RegularExpressions;
using Toolchain.Data;

namespace Toolchain.EndToEnd.Tests;

/// <summary>Every row of the table «Notes → command» works, in a shortened form on small data.</summary>
public sealed partial class NotesToCommandsTests : IDisposable
{
    private const int Side = 28;

    private readonly string _folder = Directory.CreateTempSubdirectory("notes-").FullName;

    public NotesToCommandsTests()
    {
        Directory.CreateSymbolicLink(Path.Combine(_folder, "bin"), Repository.File("bin"));
        WriteImages("train", 200);
        WriteImages("t10k", 40);
        File.WriteAllLines(Path.Combine(_folder, "thermometer.csv"), [
            "unknown,celsius",
            .. Enumerable.Range(0, 60).Select(static i => FormattableString.Invariant($"{20 + i},{(0.5 * (20 + i)) - 17 + (i % 3)}")),
        ]);
        WriteScenes("train", 20);
        WriteScenes("test", 8);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Every_row_of_the_notes_table_works()
    {
        foreach (var row in NotesToCommands.Rows)
        {
            var result = Shell.Run(Shortened(row.Command), _folder);
            Assert.True(result.ExitCode == 0, $"{row.Note}: {Shortened(row.Command)} ended with {result.ExitCode}:\n{result.Output}");
        }
    }

    // Small data, few steps, one way of computing and one thread; what a row is about stays as it is.
    private static string Shortened(string command)
    {
        var shorter = command.Replace("fashion-mnist", "idx:images", StringComparison.Ordinal);
        if (shorter.StartsWith("bin/train find-lr", StringComparison.Ordinal))
        {
            return $"{shorter} --batch 16 --steps 12 --precision float32 --layout contiguous --threads 1";
        }

        if (!shorter.StartsWith("bin/train run", StringComparison.Ordinal))
        {
            return shorter.StartsWith("bin/train evaluate", StringComparison.Ordinal) || shorter.StartsWith("bin/train look", StringComparison.Ordinal) ? $"{shorter} --threads 1" : shorter;
        }

        var length = shorter.Contains("--sizes", StringComparison.Ordinal) ? "" : shorter.Contains("--early-stop", StringComparison.Ordinal) ? " --epochs 2" : shorter.Contains("--epochs", StringComparison.Ordinal) ? "" : " --steps 2";
        var batch = shorter.Contains("--batch", StringComparison.Ordinal) ? "" : " --batch 8";
        var compute = (shorter.Contains("--precision", StringComparison.Ordinal) ? "" : " --precision float32") + " --layout contiguous --threads 1";
        return Size().Replace(shorter.Replace("blocks=100", "blocks=12", StringComparison.Ordinal), static m => $"{int.Parse(m.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture) / 8}:1") + length + batch + compute;
    }

    private void WriteImages(string split, int count)
    {
        var random = new Random(count);
        var pixels = Enumerable.Range(0, count * Side * Side).Select(i => (byte)((i / (Side * Side) % 10 * 20) + random.Next(40)));
        IdxFiles.Write(Path.Combine(_folder, "images"), split, Side, pixels, [.. Enumerable.Range(0, count).Select(static i => i % 10)]);
    }

    // Bright squares on dark ground; the mask is where they are.
    private void WriteScenes(string part, int count)
    {
        var images = Directory.CreateDirectory(Path.Combine(_folder, "scenes", part, "images")).FullName;
        var masks = Directory.CreateDirectory(Path.Combine(_folder, "scenes", part, "masks")).FullName;
        for (var i = 0; i < count; i++)
        {
            var (image, mask) = (new byte[32 * 32], new byte[32 * 32]);
            for (var pixel = 0; pixel < image.Length; pixel++)
            {
                var inside = pixel / 32 >= i % 16 && pixel / 32 < (i % 16) + 10 && pixel % 32 >= i && pixel % 32 < i + 10;
                (image[pixel], mask[pixel]) = inside ? ((byte)220, (byte)1) : ((byte)30, (byte)0);
            }

            File.WriteAllBytes(Path.Combine(images, $"{i}.png"), ImageEncoder.Png(image, 32, 32, 1));
            File.WriteAllBytes(Path.Combine(masks, $"{i}.png"), ImageEncoder.Png(mask, 32, 32, 1));
        }
    }

    [GeneratedRegex(@"\b(64|128):5\b")]
    private static partial Regex Size();
}
