using System.Diagnostics;
using Toolchain.Train.Observation;
using Toolchain.Train.Tests.Support;

namespace Toolchain.Train.Tests.Resuming;

/// <summary>
/// The real process, killed at random moments and resumed until it comes to its end, publishes what a process publishes that was left alone.
/// <c>TRAIN_KILLS</c> sets the kills of each run.
/// </summary>
public sealed class KilledRunTests
{
    private static readonly int Kills = Rounds.Of("TRAIN_KILLS", 2);

    public static TheoryData<string, string> Recipes => new()
    {
        { "mlp --set hidden=16", "--optimizer sgd --momentum 0.9 --nesterov --schedule plateau --patience 0 --mixup 0.2 --crop 1 --flip --noise 0.1" },
        { "resblocks --set blocks=1 --set width=4", "--optimizer adamw --ema 0.99 --precision bfloat16 --layout channels_last --accumulate 2" },
        { "resblocks --set blocks=1 --set width=4", "--optimizer muon --swa 3 --precision float16 --layout contiguous --clip-norm 1" },
        { "cnnnet --set size=small", "--optimizer rmsprop --schedule cosine-restarts --cycle 4 --snapshots --erase 0.5 --data-of-28" },
    };

    [Theory]
    [MemberData(nameof(Recipes))]
    public void A_killed_run_ends_as_if_nothing_had_happened(string network, string recipe)
    {
        var (data, epochs) = recipe.EndsWith(" --data-of-28", StringComparison.Ordinal) ? (SmallData.Tiny, "8") : (SmallData.Small8, "30");
        string[] settings = [.. recipe.Split(' ').Where(static r => r != "--data-of-28"), .. recipe.Contains("--precision", StringComparison.Ordinal) ? Array.Empty<string>() : ["--precision", "float32", "--layout", "contiguous"]];
        string[] Args(Workplace work) =>
        [
            "run", .. network.Split(' '), .. settings, "--data", data, "--batch", "16", "--epochs", epochs, "--threads", "1", "--name", "m", "--checkpoint-every", "0.0005",
            "--models", work.Models, "--runs", work.Runs,
        ];
        var straight = new Workplace();
        var began = Stopwatch.GetTimestamp();
        Assert.True(TrainProcess.RunKilled(TimeSpan.FromMinutes(2), out var whole, Args(straight)) == 0, whole);
        var training = TimeSpan.FromSeconds(RunLog.Read(Path.Combine(straight.Run, "log.jsonl")).End!.Elapsed);
        var starting = Stopwatch.GetElapsedTime(began) - training;

        Workplace work;
        int killed;
        do
        {
            work = new();
            killed = RunKilled(work, Args(work), starting, training);
        }
        while (killed == 0);
        TestContext.Current.TestOutputHelper?.WriteLine($"{killed} kills");
        Assert.Equal(straight.Published, work.Published);
        Assert.All(straight.Published, name => StoppedRuns.SameModel(straight, work, name));
        Assert.Equal(Epochs(straight), Epochs(work));
    }

    // At moments from before the first step up to a share of the training that leaves enough for the kills to come; none where the process was faster.
    private static int RunKilled(Workplace work, string[] args, TimeSpan starting, TimeSpan training)
    {
        var random = new Random();
        for (var killed = 0; ; killed++)
        {
            var hasBegun = Directory.Exists(work.Runs) && Directory.GetDirectories(work.Runs) is [var run] && File.Exists(Path.Combine(run, "run.json"));
            var after = killed < Kills ? (starting * (0.5 + (0.5 * random.NextDouble()))) + (training * random.NextDouble() * 3 / Kills) : TimeSpan.FromMinutes(2);
            if (TrainProcess.RunKilled(after, out var error, hasBegun ? ["resume", work.Run] : Emptied(work, args)) is { } exitCode)
            {
                Assert.True(exitCode == 0, $"after {killed} kills: {error}");
                return killed;
            }
        }
    }

    private static IEnumerable<string> Epochs(Workplace work) => RunLog.Read(Path.Combine(work.Run, "log.jsonl")).Epochs
        .Select(static e => FormattableString.Invariant($"{e.Epoch} {e.Steps} {e.TrainLoss:r} {e.ValidationLoss:r} {e.LearningRate:r}"));

    // What was killed before it wrote down what it was to do has done nothing.
    private static string[] Emptied(Workplace work, string[] args)
    {
        if (Directory.Exists(work.Runs))
        {
            Directory.Delete(work.Runs, recursive: true);
        }

        return args;
    }
}
