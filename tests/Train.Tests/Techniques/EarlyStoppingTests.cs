using Toolchain.Train.Tests.Support;
using static Toolchain.Train.Tests.Support.TinyRuns;

namespace Toolchain.Train.Tests.Techniques;

/// <summary>A run that no longer improves ends.</summary>
public sealed class EarlyStoppingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_run_ends_after_as_many_epochs_without_improvement(int patience)
    {
        // Gamma 0 stops all learning after the first epoch.
        var run = await TrainAsync([.. Mlp, "--optimizer", "sgd", "--batch", "16", "--epochs", "9", "--schedule", "step", "--gamma", "0", "--early-stop", $"{patience}"]);
        Assert.Equal(patience + 1, run.Epochs.Count);
        Assert.Equal((patience + 1, 1), ((int)run.Answer.Result["epochs"]!, (int)run.Answer.Result["best_epoch"]!));
        Assert.StartsWith("no better validation result than that of epoch 1", (string)run.Answer.Result["ended_early"]!, StringComparison.Ordinal);
        WeightChecks.Same(run.Checkpoint("best"), run.Weights);
    }

    [Fact]
    public async Task A_run_that_goes_on_improving_is_not_ended()
    {
        var run = await TrainAsync([.. Mlp, "--batch", "16", "--epochs", "2", "--early-stop", "2"]);
        Assert.Equal((2, null), (run.Epochs.Count, (string?)run.Answer.Result["ended_early"]));
    }
}
