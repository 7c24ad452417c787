using System.Text.Json.Nodes;
using Toolchain.Registry.Cli;
using Toolchain.Train.Tests.Support;

namespace Toolchain.Train.Tests.Resuming;

/// <summary>
/// A disk that is full, at whatever moment, costs the real process the interval under way and nothing that was saved; with space again, <c>train resume</c> ends
/// as if the disk had never been full.
/// </summary>
public sealed class FullDiskTests
{
    /// <summary>The largest file that there is room for, in KiB, which file is too large, and a run in which it becomes so late.</summary>
    public static TheoryData<int, string, string> Moments => new()
    {
        // From the third epoch on, a state has the momentum of the large layer too.
        { 32, "checkpoints/state-0000000021.safetensors", "mlp --set hidden=64 --optimizer sgd --freeze fc1* --unfreeze-at 3 --epochs 4" },
        { 48, "log.jsonl", "mlp --set hidden=16 --log-every 1 --epochs 40" },
        { 160, "tensorboard/events.out.tfevents", "mlp --set hidden=16 --tensorboard --epochs 30" },

        // The probe has eight images of 16 KiB; weights and states have far less.
        { 96, "probe.safetensors", "resnet20 --set blocks=1 --set width=2 --image-size 128x128 --epochs 1" },
    };

    [Theory]
    [MemberData(nameof(Moments))]
    public async Task A_disk_that_is_full_late_loses_nothing_that_was_saved(int kibibytes, string file, string run)
    {
        string[] args = [.. run.Split(' '), "--data", SmallData.Small8, "--batch", "16", "--name", "m"];
        var straight = new Workplace();
        await straight.TrainedAsync(args);

        var work = new Workplace();
        var exitCode = TrainProcess.RunWithin(
            kibibytes, out var error, ["run", .. args, "--precision", "float32", "--layout", "contiguous", "--threads", "1", "--models", work.Models, "--runs", work.Runs]);
        Assert.True(exitCode == (int)ExitCode.CheckFailed, error);
        var said = error.Split('\n')[0];
        Assert.Matches($"^train: Cannot write '[^']*{System.Text.RegularExpressions.Regex.Escape(file)}", said);
        Assert.Contains("Free some space", said, StringComparison.Ordinal);
        Assert.EndsWith($"Go on with: train resume {work.Run}", said, StringComparison.Ordinal);
        Assert.Empty(work.Published);
        Assert.DoesNotContain(Directory.GetFiles(work.Run, "*", SearchOption.AllDirectories), static path => path.EndsWith(".tmp", StringComparison.Ordinal) || path.EndsWith(".new", StringComparison.Ordinal));
        Assert.All(File.ReadLines(Path.Combine(work.Run, "log.jsonl")), static line => JsonNode.Parse(line));

        var resumed = await work.CallAsync("resume", work.Run);
        Assert.True(resumed.ExitCode == ExitCode.Ok, resumed.Error);
        StoppedRuns.SameModel(straight, work, "m");
    }
}
