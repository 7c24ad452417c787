using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Train.Tests.Support;
using static Toolchain.Train.Tests.Support.TinyRuns;

namespace Toolchain.Train.Tests.Techniques;

/// <summary>Several models of one command: of different seeds, or of the cycles of one training.</summary>
public sealed class EnsembleTests
{
    private readonly Workplace _work = new();

    [Fact]
    public async Task An_ensemble_is_several_seeds_and_scores_as_one()
    {
        var run = await _work.TrainedAsync([.. Mlp, "--epochs", "2", "--batch", "16", "--ensemble", "2", "--name", "many", "--seed", "5"]);
        Assert.Equal(["many-1:1", "many-2:1"], _work.Published);
        Assert.Equal([5L, 6], new[] { "many-1", "many-2" }.Select(name => Manifest(name).Training!.Seed));
        WeightChecks.Changed(Weights("many-1"), Weights("many-2"));

        // Each member is the run of its seed.
        var alone = await TrainAsync([.. Mlp, "--epochs", "2", "--batch", "16", "--seed", "5"]);
        WeightChecks.Same(alone.Weights, Weights("many-1"));

        var together = await _work.CallAsync("evaluate", "many-1", "many-2", "--data", SmallData.Small8, "--threads", "1", "--json");
        Assert.True(together.ExitCode == ExitCode.Ok, together.Error);
        Assert.Equal((double)together.Result["accuracy"]!, (double)run.Answer.Result["accuracy"]!);
        Assert.Equal((double)together.Result["loss"]!, (double)run.Answer.Result["loss"]!, 1e-6);
        Assert.Equal(["many-1:1", "many-2:1"], run.Answer.Result["models"]!.AsArray().Select(static m => (string)m!["model"]!));
        Assert.Contains("ensemble of 2: test accuracy ", run.Answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_cycle_gives_a_snapshot()
    {
        string[] args = [.. Mlp, "--optimizer", "sgd", "--lr", "0.1", "--schedule", "cosine-restarts", "--cycle", "1", "--batch", "16", "--validation", "0"];
        var run = await _work.TrainedAsync([.. args, "--epochs", "3", "--snapshots", "--name", "snap"]);
        Assert.Equal(["snap-1:1", "snap-2:1", "snap-3:1"], _work.Published);
        for (var cycle = 1; cycle <= 3; cycle++)
        {
            WeightChecks.Same((await TrainAsync([.. args, "--epochs", $"{cycle}"])).Weights, Weights($"snap-{cycle}"));
        }

        var together = await _work.CallAsync("evaluate", "snap-1", "snap-2", "snap-3", "--data", SmallData.Small8, "--threads", "1", "--json");
        Assert.Equal((double)together.Result["accuracy"]!, (double)run.Answer.Result["accuracy"]!);
    }

    private ModelManifest Manifest(string name) => _work.Registry.Resolve(name).Manifest;

    private Dictionary<string, float[]> Weights(string name) => OnnxFile.Read(_work.Registry.Resolve(name).OpenArtifact(ArtifactKinds.Graph).Path).Graph.Initializers
        .Where(static p => p.Value.Type == ElementType.Float32).ToDictionary(static p => p.Key, static p => p.Value.Values<float>().ToArray());
}
