using Toolchain.Registry.Cli;
using Toolchain.Train.Tests.Support;

namespace Toolchain.Train.Tests.Techniques;

/// <summary>What contradicts itself, or has no effect, is a usage error before any data is read: the data set here does not exist.</summary>
public sealed class ExclusionTests
{
    [Theory]
    [InlineData("--clip-norm and --clip-value exclude each other", "--clip-norm", "1", "--clip-value", "1")]
    [InlineData("--ema and --swa exclude each other: a model has one average", "--ema", "0.9", "--swa", "1")]
    [InlineData("--swa begins at epoch 4, but the run ends with epoch 3", "--swa", "4", "--epochs", "3")]
    [InlineData("--swa and --early-stop exclude each other", "--swa", "2", "--early-stop", "2")]
    [InlineData("--freeze and --freeze-except exclude each other", "--freeze", "fc1.*", "--freeze-except", "fc2.*")]
    [InlineData("--early-stop needs a validation split: take --validation above 0", "--early-stop", "2", "--validation", "0")]
    [InlineData("--schedule plateau needs a validation split: take --validation above 0", "--schedule", "plateau", "--validation", "0")]
    [InlineData("--schedule multi-step needs --milestones", "--schedule", "multi-step")]
    [InlineData("--warm-up and --schedule one-cycle exclude each other", "--warm-up", "1")]
    [InlineData("--last-epoch and --schedule one-cycle exclude each other", "--last-epoch", "3")]
    [InlineData("--last-epoch and --schedule plateau exclude each other", "--last-epoch", "3", "--schedule", "plateau")]
    [InlineData("--nesterov needs a --momentum above 0", "--nesterov", "--momentum", "0", "--optimizer", "sgd", "--schedule", "constant")]
    [InlineData("--jitter takes up to four numbers", "--jitter", "0.1,0.1,0.1,0.1,0.1")]
    [InlineData("--jitter's hue is at most 0.5", "--jitter", "0.1,0.1,0.1,0.6")]
    [InlineData("--mixup and --cutmix are for classes, not for --loss mse", "--mixup", "0.2", "--loss", "mse")]
    [InlineData("--sizes gives 2 epochs, and --epochs 3. Leave out --epochs.", "--sizes", "8:1,16:1", "--epochs", "3")]
    [InlineData("--snapshots needs --schedule cosine-restarts", "--snapshots")]
    [InlineData("--snapshots and --ensemble exclude each other", "--snapshots", "--schedule", "cosine-restarts", "--ensemble", "2")]
    [InlineData("--snapshots needs whole cycles, so it excludes --swa and --early-stop", "--snapshots", "--schedule", "cosine-restarts", "--early-stop", "2")]
    [InlineData("--out-weights writes one model's weights", "--ensemble", "2", "--out-weights", "w.safetensors")]
    public async Task Contradictions_are_refused(string message, params string[] args) => await RefusedAsync(message, args);

    [Theory]
    [InlineData("--step-size belongs to --schedule step", "--step-size", "2")]
    [InlineData("--milestones belongs to --schedule multi-step", "--milestones", "2")]
    [InlineData("--gamma belongs to --schedule step, multi-step, exponential or plateau", "--gamma", "0.5")]
    [InlineData("--cycle belongs to --schedule cosine-restarts", "--cycle", "2")]
    [InlineData("--power belongs to --schedule polynomial", "--power", "2")]
    [InlineData("--min-lr belongs to --schedule cosine, cosine-restarts or plateau", "--min-lr", "0.1")]
    [InlineData("--patience belongs to --schedule plateau", "--patience", "2")]
    [InlineData("--momentum belongs to --optimizer sgd or muon with a schedule other than one-cycle, or rmsprop", "--momentum", "0.5")]
    [InlineData("--nesterov belongs to --optimizer sgd", "--nesterov")]
    [InlineData("--focal-gamma belongs to --loss focal", "--focal-gamma", "2")]
    [InlineData("--smooth-beta belongs to --loss smooth-l1", "--smooth-beta", "2")]
    [InlineData("--freeze-by belongs to --freeze or --freeze-except", "--freeze-by", "optimizer")]
    [InlineData("--unfreeze-at belongs to --freeze or --freeze-except", "--unfreeze-at", "2")]
    public async Task Settings_without_effect_are_refused(string message, params string[] args) => await RefusedAsync($"{message}. Leave out what has no effect.", args);

    [Fact]
    public async Task All_problems_are_said_together() =>
        await RefusedAsync("--cycle belongs to --schedule cosine-restarts; --clip-norm and --clip-value exclude each other; --ema and --swa exclude each other", "--cycle", "2", "--clip-norm", "1", "--clip-value", "1", "--ema", "0.9", "--swa", "1");

    private static async Task RefusedAsync(string message, params string[] args)
    {
        var work = new Workplace();
        var run = await work.TrainAsync(["mlp", "--data", $"idx:{work.PathOf("nowhere")}", .. args]);
        Assert.Equal((ExitCode.Usage, ""), (run.ExitCode, run.Output));
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(work.Runs));
    }
}
