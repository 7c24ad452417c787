using Toolchain.Graphs.Onnx;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Train.Tests.Support;
using static Toolchain.Train.Tests.Support.TinyRuns;

namespace Toolchain.Train.Tests.Techniques;

/// <summary>Training that begins with a model or a file instead of a fresh network.</summary>
public sealed class FineTuningTests
{
    private readonly Workplace _work = new();

    [Fact]
    public async Task Training_begins_with_the_parents_weights_and_names_it()
    {
        var parent = await _work.TrainedAsync([.. Mlp, .. PlainSgd, "--epochs", "1", "--name", "parent"]);
        var same = await _work.TrainedAsync(["--from", "parent", .. Standstill, "--seed", "7", "--name", "same"]);
        WeightChecks.Same(parent.Weights, same.Weights);
        Assert.Equal(new ParentSpec("parent:1", ParentRoles.InitialWeights) { Sha256 = parent.Version.Manifest.Find(ArtifactKinds.Graph)!.Sha256 }, Assert.Single(same.Version.Manifest.Parents));
        Assert.Equal(("mlp", "16"), (same.Version.Manifest.Network!.Name, same.Version.Manifest.Network.Arguments["hidden"]));

        var further = await _work.TrainedAsync(["--from", "parent", .. PlainSgd, "--epochs", "1"]);
        WeightChecks.Changed(parent.Weights, further.Weights);
        Assert.Equal("parent:2", further.Version.Reference.ToString());
    }

    [Fact]
    public async Task Other_classes_need_a_fresh_head_which_keeps_the_rest()
    {
        var parent = await _work.TrainedAsync([.. ResBlocks, .. PlainSgd, "--epochs", "1", "--name", "parent"]);
        var folder = await ThreeClassesAsync();
        var refused = await _work.TrainAsync(["--from", "parent", "--data", $"idx:{folder}", "--batch", "16"]);
        Assert.Equal(ExitCode.Usage, refused.ExitCode);
        Assert.Contains("parent gives logits float32 [N, 10], but the data has 3 classes. Give it another head with --classes 3.", refused.Error, StringComparison.Ordinal);

        var wrong = await _work.TrainAsync(["--from", "parent", "--data", $"idx:{folder}", "--classes", "4", "--batch", "16"]);
        Assert.Equal(ExitCode.Usage, wrong.ExitCode);
        Assert.Contains("--classes is 4, but ", wrong.Error, StringComparison.Ordinal);

        var child = await _work.TrainedAsync(["--from", "parent", "--data", $"idx:{folder}", "--classes", "3", .. PlainSgd, "--epochs", "1", "--freeze-except", "fc2.*", "--name", "child"]);
        WeightChecks.Same(Without(parent, "fc2"), Without(child, "fc2"));
        Assert.Equal(3, child.Weights["fc2.bias"].Length);
        Assert.Equal(3, child.Version.Manifest.Labels.Count);
    }

    [Fact]
    public async Task An_adaptive_network_goes_on_with_larger_images()
    {
        var parent = await _work.TrainedAsync("resnet20", "--set", "blocks=1", "--set", "width=4", "--steps", "2", "--batch", "16", "--name", "parent");
        var child = await _work.TrainedAsync(["--from", "parent", "--data", SmallData.Small16, .. Standstill, "--freeze", "*bn*", "--name", "child"]);
        WeightChecks.Same(parent.Weights, child.Weights);
        Assert.Equal((16, 16), (child.Version.Manifest.Preprocessing.Height, child.Version.Manifest.Preprocessing.Width));
    }

    [Fact]
    public async Task A_file_is_trained_like_a_network()
    {
        var parent = await _work.TrainedAsync([.. ResBlocks, .. PlainSgd, "--epochs", "1", "--name", "parent"]);
        var file = _work.PathOf("From Elsewhere.onnx");
        OnnxFile.Write(parent.Graph, file);
        var same = await _work.TrainedAsync([file, .. Standstill, "--freeze", "resblocks.*"]);
        WeightChecks.Same(parent.Weights, same.Weights);
        var manifest = same.Version.Manifest;
        Assert.Equal(("from-elsewhere", "From Elsewhere.onnx", null), (same.Version.Name, manifest.Import!.File, manifest.Network));
        Assert.Empty(manifest.Parents);

        var trained = await _work.TrainedAsync([file, .. PlainSgd, "--epochs", "1"]);
        WeightChecks.Changed(parent.Weights, trained.Weights);
    }

    [Theory]
    [InlineData("--from parent brings its own network, so 'mlp' has no place.", "mlp", "--from", "parent")]
    [InlineData("--from parent brings its own network, which --set cannot change.", "--from", "parent", "--set", "hidden=3")]
    [InlineData("--init gives first values, and parent:1 brings its own.", "--from", "parent", "--init", "linear=xavier-uniform")]
    public async Task What_the_parent_decides_cannot_be_asked_for(string message, params string[] args)
    {
        await _work.TrainedAsync([.. Mlp, .. Standstill, "--name", "parent"]);
        var run = await _work.TrainAsync([.. args, "--data", SmallData.Small8, "--batch", "16"]);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    private static Dictionary<string, float[]> Without(TinyRun run, string layer) =>
        run.Weights.Where(p => !p.Key.StartsWith(layer, StringComparison.Ordinal)).ToDictionary(static p => p.Key, static p => p.Value);

    private static async Task<string> ThreeClassesAsync()
    {
        var folder = SmallData.Write(128, 32, side: 8);
        foreach (var labels in (string[])["train-labels-idx1-ubyte", "t10k-labels-idx1-ubyte"])
        {
            var path = Path.Combine(folder, labels);
            var bytes = await File.ReadAllBytesAsync(path);
            await File.WriteAllBytesAsync(path, [.. bytes[..8], .. bytes[8..].Select(static label => (byte)(label % 3))]);
        }

        await File.WriteAllLinesAsync(Path.Combine(folder, "labels.txt"), ["a", "b", "c"]);
        return folder;
    }
}
