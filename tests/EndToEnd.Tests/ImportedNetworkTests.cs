using System.Text.Json.Nodes;
using Toolchain.Data;

namespace Toolchain.EndToEnd.Tests;

/// <summary>Networks that PyTorch's exporter wrote go the whole way: imported, measured, fine-tuned, exported again and verified.</summary>
public sealed class ImportedNetworkTests : IDisposable
{
    private const int Side = 16;
    private const int Classes = 5;

    private readonly string _folder = Directory.CreateTempSubdirectory("imported-").FullName;

    public ImportedNetworkTests()
    {
        Directory.CreateSymbolicLink(Path.Combine(_folder, "bin"), Repository.File("bin"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "files"), Repository.File("tests/Export.Tests/Importing/Fixtures"));
        WriteClasses("train", 40);
        WriteClasses("t10k", 15);
        WriteScenes("train", 16);
        WriteScenes("test", 6);

        File.WriteAllLines(Path.Combine(_folder, "scenes", "classes.txt"), ["sky", "road", "tree"]);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("resnet")]
    [InlineData("mobilenet")]
    [InlineData("shufflenet")]
    public void An_imported_classifier_is_fine_tuned_and_exported_again(string name)
    {
        Run($"bin/export import files/{name}.onnx --name {name} --mean 0.45 --std 0.225 --labels a,b,c,d,e");
        Run($"bin/train evaluate {name} --data idx:classes");
        var tuned = Run($"bin/train run --from {name} --data idx:classes --name {name}-tuned --steps 4 --batch 8 --precision float32 --layout contiguous --threads 1");
        Run($"bin/export onnx {name}-tuned --data idx:classes");
        var report = Run($"bin/export verify {name}-tuned");
        var difference = Run($"bin/export inspect {name} --artifact graph --diff {name}-tuned");

        Assert.Equal($"{name}-tuned:1", (string)tuned["model"]!);
        Assert.True((bool)report["ok"]!);
        Assert.Contains(difference["changes"]!.AsArray(), static c => (string)c!["part"]! == "weight" && (double?)c["max_difference"] > 0);
    }

    [Fact]
    public void An_imported_segmenter_is_fine_tuned_and_exported_again()
    {
        Run("bin/export import files/unet.onnx --name unet --task segmentation --labels sky,road,tree");
        Run("bin/train run --from unet --data masks:scenes --name unet-tuned --steps 4 --batch 4 --precision float32 --layout contiguous --threads 1");
        Run("bin/export onnx unet-tuned");

        Assert.True((bool)Run("bin/export verify unet-tuned")["ok"]!);
    }

    // Only standard output: the result line of --json.
    private JsonNode Run(string command) => JsonNode.Parse(Shell.Run($"{command} --json 2>errors || {{ echo '{command}'; cat errors; exit 1; }}", _folder).Succeeded().Output)!;

    // Grey images whose brightness tells the class.
    private void WriteClasses(string split, int count)
    {
        var pixels = Enumerable.Range(0, count * Side * Side).Select(static i => (byte)((i / (Side * Side) % Classes * 45) + (i % 31)));
        IdxFiles.Write(Path.Combine(_folder, "classes"), split, Side, pixels, [.. Enumerable.Range(0, count).Select(static i => i % Classes)]);
    }

    private void WriteScenes(string split, int count)
    {
        var images = Directory.CreateDirectory(Path.Combine(_folder, "scenes", split, "images")).FullName;
        var masks = Directory.CreateDirectory(Path.Combine(_folder, "scenes", split, "masks")).FullName;
        for (var i = 0; i < count; i++)
        {
            File.WriteAllBytes(Path.Combine(images, $"{i}.png"), ImageEncoder.Png(Pixels(3, p => (byte)((p / (3 * Side) * 12) + i)), Side, Side, 3));
            File.WriteAllBytes(Path.Combine(masks, $"{i}.png"), ImageEncoder.Png(Pixels(1, static p => (byte)(p / Side / 6)), Side, Side, 1));
        }
    }

    private static byte[] Pixels(int channels, Func<int, byte> value) => [.. Enumerable.Range(0, Side * Side * channels).Select(value)];
}
