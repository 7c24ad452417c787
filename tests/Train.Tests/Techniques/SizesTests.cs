using Toolchain.Registry.Cli;
using Toolchain.Train.Tests.Support;
using static Toolchain.Train.Tests.Support.TinyRuns;

namespace Toolchain.Train.Tests.Techniques;

/// <summary>Training on small images first (notes: Start Small and Get Bigger).</summary>
public sealed class SizesTests
{
    private static readonly string[] ResNet = ["resnet20", "--set", "blocks=1", "--set", "width=4", "--data", SmallData.Small16, "--batch", "16", "--optimizer", "sgd", "--schedule", "constant", "--lr", "0.02", "--validation", "0"];

    [Fact]
    public async Task Each_size_is_trained_for_its_epochs_and_the_last_one_published()
    {
        var run = await TrainAsync([.. ResNet, "--sizes", "8:1,16:1"]);
        Assert.Equal((2, 16, 2), ((int)run.Answer.Result["epochs"]!, (int)run.Answer.Result["steps"]!, (int)run.Answer.Result["best_epoch"]!));
        var preprocessing = run.Version.Manifest.Preprocessing;
        Assert.Equal((16, 16), (preprocessing.Height, preprocessing.Width));
        Assert.Equal("float32 [N, 1, 16, 16]", run.Graph.Inputs[0].Type.ToString());
        Assert.Contains("images of 8x8 from here on", run.Answer.Error, StringComparison.Ordinal);
        Assert.Contains("images of 16x16 from here on", run.Answer.Error, StringComparison.Ordinal);
        Assert.Equal(["8:1", "16:1"], run.Version.Manifest.Training!.Recipe["sizes"].EnumerateArray().Select(static v => v.GetString()!));

        // The first epoch alone, as a run of that size, gives the loss of its epoch; the second one goes on from its weights.
        var first = await TrainAsync([.. ResNet, "--sizes", "8:1"]);
        Assert.Equal((double)first.Epochs[0]["train_loss"]!, (double)run.Epochs[0]["train_loss"]!);
        WeightChecks.Changed(first.Weights, run.Weights);
        WeightChecks.Changed((await TrainAsync([.. ResNet, "--sizes", "16:1"])).Weights, run.Weights);
    }

    [Fact]
    public async Task A_network_for_one_size_alone_is_refused_before_training()
    {
        var work = new Workplace();
        var run = await work.TrainAsync([.. ResBlocks, "--data", SmallData.Small16, "--batch", "16", "--sizes", "8:1,16:1"]);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("fc1.weight", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("defect", run.Error, StringComparison.Ordinal);
        Assert.Empty(work.Published);
    }
}
