using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Train.Tests.Support;

namespace Toolchain.Train.Tests.Resuming;

/// <summary>Runs that are stopped in the middle, and what they have to come to nevertheless.</summary>
internal static class StoppedRuns
{
    /// <summary>A run of four epochs that takes a moment.</summary>
    public static readonly string[] Small = [.. TinyRuns.Mlp, "--batch", "16", "--epochs", "4", "--data", SmallData.Small8];

    /// <summary>Equal graphs, byte for byte, and equal manifests but for the time.</summary>
    public static void SameModel(Workplace expected, Workplace actual, string name)
    {
        SameWeights(expected, actual, name);
        var (a, b) = (expected.Registry.Resolve(name), actual.Registry.Resolve(name));
        Assert.Equal(File.ReadAllBytes(a.OpenArtifact(ArtifactKinds.Probe).Path), File.ReadAllBytes(b.OpenArtifact(ArtifactKinds.Probe).Path));
        Assert.Equal(Text(a), Text(b));
        static string Text(ModelVersion model) => System.Text.Encoding.UTF8.GetString(ManifestFile.Write(model.Manifest with
        {
            Created = default,
            Artifacts = [.. model.Manifest.Artifacts.Select(static artifact => artifact with { Created = default })],
        }));
    }

    /// <summary>Equal graphs, byte for byte.</summary>
    public static void SameWeights(Workplace expected, Workplace actual, string name) => Assert.Equal(
        File.ReadAllBytes(expected.Registry.Resolve(name).OpenArtifact(ArtifactKinds.Graph).Path), File.ReadAllBytes(actual.Registry.Resolve(name).OpenArtifact(ArtifactKinds.Graph).Path));

    /// <summary>Runs until a text has been written so often, and stops there.</summary>
    public static async Task StopAsync(Workplace work, string text, string[] args, int occurrence = 1)
    {
        using var stop = new CancellationTokenSource();
        using var output = new StopsAfter(text, stop, occurrence);
        var run = await work.TrainAsync(args, output, stop.Token);
        Assert.Equal((ExitCode.Cancelled, "train: stopped.\n"), (run.ExitCode, run.Error));
        Assert.Contains("Go on with: train resume ", run.Output, StringComparison.Ordinal);
    }
}
