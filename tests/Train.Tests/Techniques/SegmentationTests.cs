using Toolchain.Data;
using Toolchain.Registry.Cli;
using Toolchain.Train.Tests.Support;
using Toolchain.Train.Tests.Tensorboard;

namespace Toolchain.Train.Tests.Techniques;

/// <summary>Training to give every pixel a class.</summary>
public sealed class SegmentationTests
{
    private const int Side = 16;

    private readonly Workplace _work = new();

    [Theory]
    [InlineData("cross-entropy")]
    [InlineData("dice")]
    public async Task A_small_unet_learns_to_tell_bright_from_dark(string loss)
    {
        var run = await _work.TrainedAsync(
            "unet", "--set", "width=4", "--set", "depth=1", "--data", Squares(), "--loss", loss, "--lr", "0.02", "--epochs", "12", "--batch", "8", "--flip");
        var manifest = run.Version.Manifest;
        Assert.Equal("segmentation", manifest.Task);
        Assert.Equal(["ground", "square"], manifest.Labels);
        Assert.InRange(manifest.Metrics["test"].Values!["mean_iou"], 0.9, 1);
        Assert.InRange(manifest.Metrics["test"].Accuracy!.Value, 0.95, 1);
        Assert.Equal(manifest.Metrics["test"].Values!["mean_iou"], (double)run.Answer.Result["mean_iou"]!);
    }

    [Fact]
    public async Task The_recipe_for_segmentation_trains_it()
    {
        var run = await _work.TrainedAsync("--recipe", "segmentation", "--set", "width=4", "--set", "depth=1", "--data", Squares(), "--epochs", "12", "--lr", "0.02");
        Assert.InRange(run.Version.Manifest.Metrics["test"].Values!["mean_iou"], 0.5, 1);
    }

    [Fact]
    public async Task The_fastest_way_to_compute_is_measured_for_pixels_too()
    {
        var run = await _work.TrainedAsync("unet", "--set", "width=2", "--set", "depth=1", "--data", Squares(), "--steps", "1", "--batch", "8", "--precision", "auto");
        Assert.Matches(@"computing in \w+ \w+ \(measured ", run.Answer.Error);
    }

    [Fact]
    public async Task A_network_for_whole_images_is_refused_with_those_for_pixels()
    {
        var run = await _work.TrainAsync("mlp", "--data", Squares(), "--batch", "8");
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("Network 'mlp' is for ", run.Error, StringComparison.Ordinal);
        Assert.Contains("Networks for that: unet", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Event_files_show_masks_and_which_pixels_are_mistaken()
    {
        var run = await _work.TrainedAsync("unet", "--set", "width=2", "--set", "depth=1", "--data", Squares(), "--epochs", "1", "--batch", "8", "--validation", "0.2", "--tensorboard");
        var values = EventReader.Values(EventReader.Events(Assert.Single(Directory.GetFiles(Path.Combine(run.Folder, "tensorboard")))));
        Assert.Single(values, static v => v.Tag == "predictions/masks");
        Assert.Single(values, static v => v.Tag == "validation/confusion");
        Assert.DoesNotContain(values, static v => v.Tag == "predictions/sheet");
    }

    private string Squares()
    {
        var folder = _work.PathOf("squares");
        var random = new SeededRandom(3);
        foreach (var (part, count) in ((string, int)[])[("train", 40), ("test", 8)])
        {
            Directory.CreateDirectory(Path.Combine(folder, part, "images"));
            Directory.CreateDirectory(Path.Combine(folder, part, "masks"));
            for (var i = 0; i < count; i++)
            {
                var (pixels, mask) = (new byte[Side * Side], new byte[Side * Side]);
                var (top, left) = (random.Below(8), random.Below(8));
                for (var p = 0; p < pixels.Length; p++)
                {
                    var inside = p / Side - top is >= 0 and < 8 && p % Side - left is >= 0 and < 8;
                    (pixels[p], mask[p]) = ((byte)((inside ? 150 : 20) + random.Below(80)), inside ? (byte)1 : (byte)0);
                }

                File.WriteAllBytes(Path.Combine(folder, part, "images", $"{i:d2}.png"), ImageEncoder.Png(pixels, Side, Side, 1));
                File.WriteAllBytes(Path.Combine(folder, part, "masks", $"{i:d2}.png"), ImageEncoder.Png(mask, Side, Side, 1));
            }
        }

        File.WriteAllLines(Path.Combine(folder, "classes.txt"), ["ground", "square"]);
        return $"masks:{folder}";
    }
}
