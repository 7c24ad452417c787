using Toolchain.Data;
using Toolchain.Registry.Cli;
using Toolchain.Train.Tests.Support;

namespace Toolchain.Train.Tests.Commands;

/// <summary><c>train look</c> on a model that was trained a little.</summary>
public sealed class LookTests
{
    private readonly Workplace _work = new();

    [Fact]
    public async Task A_model_is_looked_into_from_its_filters_to_its_mistakes()
    {
        Assert.Equal(ExitCode.Ok, (await _work.TrainAsync("cnnnet", "--set", "size=small", "--data", SmallData.Reference, "--steps", "400", "--batch", "32")).ExitCode);
        var run = await Look("--json", "--out", _work.PathOf("looks"));
        Assert.Equal((ExitCode.Ok, "cnnnet:1"), (run.ExitCode, (string)run.Result["model"]!));

        var pictures = run.Result["pictures"]!.AsArray();
        var names = pictures.Select(static p => Path.GetFileNameWithoutExtension((string)p!["file"]!)).ToArray();
        Assert.Equal(["filters", "dreams", "saliency", "grad-cam", "mistakes"], names.Where(static n => !n.Contains("-0", StringComparison.Ordinal)));
        Assert.Equal((10, 10, 10, 20), (Count("dream-"), Count("saliency-"), Count("grad-cam-"), Count("mistake-")));
        Assert.Equal(names.Order(StringComparer.Ordinal), Directory.GetFiles(_work.PathOf("looks"), "*.png").Select(static f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal));

        // The network takes each dream for what it was dreamt as.
        foreach (var dream in pictures.Where(static p => p!["target"] is not null))
        {
            Assert.Equal((string)dream!["target"]!, (string)dream["predicted"]!);
            Assert.True((double)dream["after"]! > (double)dream["before"]! + 1, $"{dream}");
        }

        RequireSize("filters", 6 * 52 + 4, 6 * 52 + 4);
        RequireSize("dreams", (3 * 228) + 4, (4 * 228) + 4);
        RequireSize(names.First(static n => n.StartsWith("saliency-", StringComparison.Ordinal)), 232, 460);
        RequireSize(names.First(static n => n.StartsWith("grad-cam-", StringComparison.Ordinal)), 232, 460);
        RequireSize(names.First(static n => n.StartsWith("mistake-", StringComparison.Ordinal)), 224, 224);

        int Count(string prefix) => names.Count(n => n.StartsWith(prefix, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_model_does_not_have_is_left_out_or_refused_when_it_is_asked_for()
    {
        Assert.Equal(ExitCode.Ok, (await _work.TrainAsync("mlp", "--data", SmallData.Tiny, "--steps", "2")).ExitCode);
        var run = await _work.CallAsync("look", "mlp", "--data", SmallData.Tiny, "--threads", "1", "--dream-steps", "2", "--smooth-grad", "0", "--out", _work.PathOf("looks"), "--json");
        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Assert.DoesNotContain(run.Result["pictures"]!.AsArray(), static p => Path.GetFileName((string)p!["file"]!).Split('-', '.')[0] is "filters" or "grad");

        await Refused("--filters draws the first convolution, and mlp:1 has none. Leave it out.", "--filters");
        await Refused("Network 'mlp' has no convolution for Grad-CAM to explain. Use saliency.", "--grad-cam", "1");
        await Refused("--layer belongs to --grad-cam, which is not drawn. Leave out what has no effect.", "--saliency", "1", "--layer", "fc1");
        await Refused("--dream-from is 64, but the test images are 0 to 63.", "--dream", "all", "--dream-from", "64");
    }

    private async Task Refused(string message, params string[] args)
    {
        var run = await _work.CallAsync(["look", "mlp", "--data", SmallData.Tiny, "--out", _work.PathOf("none"), .. args]);
        Assert.Equal((ExitCode.Usage, $"train: {message}\n"), (run.ExitCode, run.Error));
        Assert.False(Directory.Exists(_work.PathOf("none")));
    }

    private Task<Answer> Look(params string[] args) => _work.CallAsync(["look", "cnnnet", "--data", SmallData.Reference, "--threads", "1", .. args]);

    private void RequireSize(string name, int height, int width)
    {
        var header = ImageDecoder.Read(File.ReadAllBytes(Path.Combine(_work.PathOf("looks"), $"{name}.png")));
        Assert.Equal((height, width), (header.Height, header.Width));
    }
}
