using Toolchain.Graphs.Safetensors;
using Toolchain.Registry.Cli;
using Toolchain.Train.Tests.Support;

namespace Toolchain.Train.Tests.Commands;

/// <summary>Runs that end before their time publish nothing and keep what they have.</summary>
public sealed class EarlyEndTests
{
    private readonly Workplace _work = new();

    [Theory]
    [InlineData("adam", "Try a smaller --lr, --optimizer adam with a smaller --lr, or --precision float32.")]
    [InlineData("sgd", "Try a smaller --lr, --optimizer adam, or --precision float32.")]
    public async Task A_loss_that_is_no_number_stops_the_run_and_keeps_the_last_good_epoch(string optimizer, string advice)
    {
        // The second epoch's rate is beyond float32; its first step spoils the weights, which the step behind it, the sixth, meets.
        var run = await _work.TrainAsync("mlp", "--data", SmallData.Tiny, "--batch", "64", "--optimizer", optimizer, "--schedule", "step", "--lr", "0.001", "--gamma", "1e38");
        Assert.Equal(ExitCode.CheckFailed, run.ExitCode);
        Assert.Matches($"^train: The loss became (NaN|∞|-?Infinity) at step 6 \\(epoch 2\\), with a learning rate of 1e\\+35\\. Training has stopped and nothing was published\\. {Escape(advice)} The weights of epoch 1 are in ROOT/runs/mlp-20260131-120000/checkpoints/last\\.safetensors\\. With the same recipe, train resume ROOT/runs/mlp-20260131-120000 comes to the same step again\\.\n$", run.Error);
        RequireCheckpoint(1);
        Assert.Equal(["start", "validation", "epoch", "checkpoint", "end"], _work.Log.Select(static l => (string)l["kind"]!));
        Assert.Equal("failed", (string)_work.Log[^1]["outcome"]!);
        Assert.StartsWith("The loss became", (string)_work.Log[^1]["why"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Before_the_first_epoch_has_ended_there_is_no_checkpoint()
    {
        var run = await _work.TrainAsync("mlp", "--data", SmallData.Tiny, "--batch", "64", "--optimizer", "sgd", "--schedule", "constant", "--lr", "1e35");
        Assert.Equal(ExitCode.CheckFailed, run.ExitCode);
        Assert.Contains("at step 2 (epoch 1)", run.Error, StringComparison.Ordinal);
        Assert.EndsWith("No epoch had ended yet.\n", run.Error, StringComparison.Ordinal);
        Assert.Empty(_work.Published);
    }

    [Fact]
    public async Task Stopping_keeps_the_checkpoint_and_publishes_nothing()
    {
        using var stop = new CancellationTokenSource();
        using var output = new StopsAfter("epoch  1 ", stop);
        var run = await _work.TrainAsync(["mlp", "--data", SmallData.Tiny, "--batch", "64", "--epochs", "2000"], output, stop.Token);
        Assert.Equal((ExitCode.Cancelled, "train: stopped.\n"), (run.ExitCode, run.Error));
        Assert.EndsWith("Stopped. The weights of epoch 1 are in ROOT/runs/mlp-20260131-120000/checkpoints/last.safetensors. Go on with: train resume ROOT/runs/mlp-20260131-120000\n", run.Output, StringComparison.Ordinal);
        Assert.Equal("stopped", (string)_work.Log[^1]["outcome"]!);
        RequireCheckpoint(1);
    }

    [Fact]
    public void A_full_disk_stops_the_run_with_the_file_that_could_not_be_written()
    {
        // The weights have 814 kB.
        var exitCode = TrainProcess.RunWithin(
            256, out var error, "run", "mlp", "--data", SmallData.Tiny, "--epochs", "1", "--precision", "float32", "--layout", "contiguous", "--threads", "1", "--models", _work.Models, "--runs", _work.Runs);
        Assert.Equal(1, exitCode);
        Assert.StartsWith($"train: Cannot write '{_work.Run}/checkpoints/last.safetensors", error, StringComparison.Ordinal);
        Assert.DoesNotContain("defect", error, StringComparison.Ordinal);
        Assert.Empty(_work.Published);
        Assert.Empty(Directory.GetFiles(Path.Combine(_work.Run, "checkpoints")));
    }

    private static string Escape(string text) => System.Text.RegularExpressions.Regex.Escape(text);

    private void RequireCheckpoint(int epoch)
    {
        Assert.Empty(_work.Published);
        var kept = SafetensorsFile.Read(Path.Combine(_work.Run, "checkpoints", "last.safetensors"));
        Assert.Equal($"{epoch}", kept.Metadata["epoch"]);
        Assert.Equal(["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"], kept.Tensors.Keys);
        Assert.All(kept.Tensors.Values, static data => Assert.All(data.Values<float>().ToArray(), static v => Assert.True(float.IsFinite(v))));
    }
}
