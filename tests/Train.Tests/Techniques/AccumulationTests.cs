using Toolchain.Registry.Cli;
using Toolchain.Train.Tests.Support;
using static Toolchain.Train.Tests.Support.TinyRuns;

namespace Toolchain.Train.Tests.Techniques;

/// <summary>Ways to take a step in less memory, which must not change what is learnt.</summary>
public sealed class AccumulationTests
{
    [Theory]
    [InlineData("sgd", "--clip-norm=0.5")]
    [InlineData("sgd", "--l2=0.01")]
    [InlineData("sgd", "--label-smoothing=0.1")]
    public async Task Two_batches_of_eight_are_one_of_sixteen(string optimizer, string more)
    {
        string[] args = [.. Mlp, "--optimizer", optimizer, "--schedule", "cosine", "--lr", "0.05", "--epochs", "2", "--validation", "0", more];
        var whole = await TrainAsync([.. args, "--batch", "16"]);
        var halves = await TrainAsync([.. args, "--batch", "8", "--accumulate", "2"]);
        Assert.Equal(whole.Epochs.Select(static l => (long)l["steps"]!), halves.Epochs.Select(static l => (long)l["steps"]!));
        Assert.Equal(whole.Rates, halves.Rates);
        Assert.Equal((double)whole.Epochs[1]["train_loss"]!, (double)halves.Epochs[1]["train_loss"]!, 1e-5);
        WeightChecks.Near(Tolerance.Float32, whole.Weights, halves.Weights);
    }

    [Fact]
    public async Task Batches_that_fill_no_step_are_left_out()
    {
        // 128 images are eight batches of 16: two steps of three, and two batches that nothing uses.
        var run = await TrainAsync([.. Mlp, .. PlainSgd, "--accumulate", "3", "--epochs", "2"]);
        Assert.Equal([2L, 4], run.Epochs.Select(static l => (long)l["steps"]!));
    }

    [Fact]
    public async Task A_step_that_the_data_cannot_fill_is_refused()
    {
        var run = await new Workplace().TrainAsync([.. Mlp, "--data", SmallData.Small8, "--batch", "64", "--accumulate", "3"]);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("--batch is 64 and --accumulate 3, but the training split of idx:", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("resblocks", "blocks=2", "width=4")]
    [InlineData("cnnnet", "size=small")]
    public async Task Checkpointing_in_segments_gives_the_same_weights(string network, params string[] settings)
    {
        // cnnnet has dropout, whose masks must be the same when a segment is computed again; it needs images of 28×28.
        string[] args = [network, .. settings.SelectMany(static s => (string[])["--set", s]), "--data", network == "cnnnet" ? SmallData.Tiny : SmallData.Small8, "--steps", "4", "--batch", "16", "--lr", "0.001"];
        var plain = await TrainAsync(args);
        var cut = await TrainAsync([.. args, "--checkpoint-segments", "4"]);
        WeightChecks.Near(Tolerance.Operator, plain.Weights, cut.Weights);
        Assert.Equal(4, cut.Version.Manifest.Training!.Recipe["checkpoint_segments"].GetInt32());
    }
}
