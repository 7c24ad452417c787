using Toolchain.Registry.Cli;
using Toolchain.Train.Tests.Support;

namespace Toolchain.Train.Tests.Techniques;

/// <summary>Training to predict numbers.</summary>
public sealed class RegressionTests
{
    private readonly Workplace _work = new();

    [Theory]
    [InlineData("mse")]
    [InlineData("smooth-l1")]
    public async Task A_linear_network_recovers_a_plane(string loss)
    {
        var data = await PlaneAsync();
        var run = await _work.TrainedAsync("linear", "--data", data, "--loss", loss, "--optimizer", "sgd", "--schedule", "cosine", "--lr", "0.2", "--epochs", "60", "--batch", "32");
        var manifest = run.Version.Manifest;
        var (mean, std, weight) = (manifest.Preprocessing.Mean, manifest.Preprocessing.Std, run.Weights["fc.weight"]);

        // The network sees (v − mean) / std.
        var slopes = weight.Select((w, i) => (double)w / std[i]).ToArray();
        Assert.Equal(2, slopes[0], 1e-2);
        Assert.Equal(-3, slopes[1], 1e-2);
        Assert.Equal(0.5, run.Weights["fc.bias"][0] - slopes.Select((s, i) => s * mean[i]).Sum(), 1e-2);
        Assert.Equal("regression", manifest.Task);
        var test = manifest.Metrics["test"];
        Assert.Null(test.Accuracy);
        Assert.InRange(test.Values!["r2"], 0.9999, 1);
        Assert.Equal(test.Values["r2"], (double)run.Answer.Result["r2"]!);
    }

    [Theory]
    [InlineData("cross-entropy")]
    [InlineData("focal")]
    public async Task A_loss_for_classes_is_refused_for_numbers(string loss)
    {
        var run = await _work.TrainAsync("linear", "--data", await PlaneAsync(), "--batch", "32", "--loss", loss);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains(loss, run.Error, StringComparison.Ordinal);
        Assert.Empty(_work.Published);
    }

    private async Task<string> PlaneAsync()
    {
        var file = _work.PathOf("plane.csv");
        await File.WriteAllLinesAsync(file, ["a,b,y", .. Enumerable.Range(0, 200).Select(static i =>
        {
            var (a, b) = (i % 17 / 17.0, i % 29 / 29.0);
            return FormattableString.Invariant($"{a:f6},{b:f6},{(2 * a) - (3 * b) + 0.5:f6}");
        })]);
        return $"csv:{file}";
    }
}
