using Toolchain.Registry.Cli;
using Toolchain.Train.Tests.Support;
using static Toolchain.Train.Tests.Support.TinyRuns;

namespace Toolchain.Train.Tests.Techniques;

/// <summary>What is frozen stays, bit by bit, and the rest learns (notes: Freezing model, Fine tuning).</summary>
public sealed class FreezingTests
{
    [Theory]
    [InlineData("--freeze", "fc1.*", "requires-grad", "fc1.")]
    [InlineData("--freeze", "fc1.*", "optimizer", "fc1.")]
    [InlineData("--freeze", "*.bias", "requires-grad", ".bias")]
    [InlineData("--freeze-except", "fc1.*", "requires-grad", "fc2.")]
    [InlineData("--freeze-except", "fc1.*", "optimizer", "fc2.")]
    public async Task Frozen_weights_stay_and_the_others_learn(string option, string pattern, string by, string frozen)
    {
        var before = await TrainAsync([.. Mlp, .. Standstill]);
        var after = await TrainAsync([.. Mlp, "--epochs", "1", "--batch", "16", option, pattern, "--freeze-by", by]);
        WeightChecks.Same(before.Weights, after.Weights, name => name.Contains(frozen, StringComparison.Ordinal));
        WeightChecks.Changed(before.Weights, after.Weights, name => !name.Contains(frozen, StringComparison.Ordinal));
        Assert.Contains("2 of 4 parameter tensors are frozen at first", after.Answer.Error, StringComparison.Ordinal);
        Assert.Equal(by, after.Version.Manifest.Training!.Recipe["freeze_by"].GetString());
    }

    [Fact]
    public async Task Both_ways_to_freeze_give_the_same_weights()
    {
        string[] args = [.. ResBlocks, "--epochs", "2", "--batch", "16", "--freeze", "resblocks.0.*,conv1.*"];
        var without = await TrainAsync([.. args, "--freeze-by", "requires-grad"]);
        var unused = await TrainAsync([.. args, "--freeze-by", "optimizer"]);
        WeightChecks.Same(without.Weights, unused.Weights);
    }

    [Theory]
    [InlineData("requires-grad")]
    [InlineData("optimizer")]
    public async Task A_frozen_batch_norm_keeps_its_statistics(string by)
    {
        var before = await TrainAsync([.. ResBlocks, .. Standstill, "--freeze", "resblocks.0.*"]);
        var after = await TrainAsync([.. ResBlocks, "--epochs", "1", "--batch", "16", "--freeze", "resblocks.0.*", "--freeze-by", by]);
        WeightChecks.Same(before.Weights, after.Weights, static name => name.StartsWith("resblocks.0.", StringComparison.Ordinal));
        WeightChecks.Changed(before.Weights, after.Weights, static name => name.StartsWith("resblocks.1.", StringComparison.Ordinal));
        Assert.All(after.Weights["resblocks.0.batch_norm.running_mean"], static v => Assert.Equal(0, v));
        Assert.All(after.Weights["resblocks.0.batch_norm.running_var"], static v => Assert.Equal(1, v));
    }

    [Theory]
    [InlineData("2", "fc1.weight", "fc1.bias")]
    [InlineData("fc1.weight=2", "fc1.weight")]
    public async Task Weights_are_thawed_at_the_epoch_that_was_asked_for(string at, params string[] thawed)
    {
        string[] args = [.. Mlp, .. PlainSgd, "--freeze", "fc1.*", "--unfreeze-at", at];
        var before = await TrainAsync([.. Mlp, .. Standstill]);
        var first = await TrainAsync([.. args, "--epochs", "1"]);
        var second = await TrainAsync([.. args, "--epochs", "2"]);
        WeightChecks.Same(before.Weights, first.Checkpoint("last"), static name => name.StartsWith("fc1.", StringComparison.Ordinal));
        WeightChecks.Changed(before.Weights, first.Checkpoint("last"), static name => name.StartsWith("fc2.", StringComparison.Ordinal));
        WeightChecks.Changed(first.Weights, second.Weights, name => thawed.Contains(name) || name.StartsWith("fc2.", StringComparison.Ordinal));
        if (thawed.Length == 1)
        {
            WeightChecks.Same(before.Weights, second.Weights, static name => name == "fc1.bias");
        }
    }

    [Theory]
    [InlineData("--freeze 'fc3.*' chooses none of the 4 parameters it could.", "--freeze", "fc3.*")]
    [InlineData("--freeze-except 'conv1' chooses none of the 4 parameters it could.", "--freeze-except", "conv1")]
    [InlineData("--unfreeze-at 'fc2.*' chooses none of the 2 parameters it could.", "--freeze", "fc1.*", "--unfreeze-at", "fc2.*=2")]
    [InlineData("Every parameter is frozen in the first epoch, so there is nothing to train.", "--freeze", "*")]
    public async Task A_pattern_that_would_do_nothing_is_refused(string message, params string[] args)
    {
        var work = new Workplace();
        var run = await work.TrainAsync([.. Mlp, "--data", SmallData.Small8, "--batch", "16", .. args]);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.Empty(work.Published);
        Assert.False(Directory.Exists(work.Runs));
    }
}
