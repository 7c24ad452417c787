using System.Globalization;
using Toolchain.Runtime;

namespace Toolchain.Serve.Batching;

/// <summary>What a setup does with batches of growing size.</summary>
/// <param name="Setup">The setup.</param>
/// <param name="Lone">The latency of a single row, in s.</param>
/// <param name="Rates">Rows per second by batch size, ascending; batches of all instances at the same time.</param>
internal sealed record SetupMeasurement(ThreadSetup Setup, double Lone, IReadOnlyList<(int Rows, double Rate)> Rates)
{
    // Within the noise of a short measurement, and less than what a request waits longer for in a larger batch.
    private const double Enough = 0.97;

    /// <summary>The highest rate.</summary>
    public double Best { get; } = Rates.Max(static r => r.Rate);

    /// <summary>The smallest size that comes close to the highest rate.</summary>
    public int MaxBatchSize => Rates.First(r => r.Rate >= Enough * Best).Rows;

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Setup} threads: {string.Join(", ", Rates.Select(static r => string.Create(CultureInfo.InvariantCulture, $"{r.Rate:0.#} rows/s in batches of {r.Rows}")))}");
}

/// <summary>What was found to be best.</summary>
/// <param name="Setup">The setup.</param>
/// <param name="MaxBatchSize">Most rows of a batch.</param>
/// <param name="IsInstant">Whether a run is over before another thread has woken up. Then no setup was compared: a batch for each thread lets every request run at once, on the thread that it is on.</param>
/// <param name="Reason">Why, for a person.</param>
internal sealed record Finding(ThreadSetup Setup, int MaxBatchSize, bool IsInstant, string Reason);

/// <summary>
/// Finds, by running it for a short time, how a model is best run on this machine: its instances, their threads, and the batches that still gain.
/// Runs are on rows of zeros, on threads of the caller's priority and on its processors.
/// </summary>
/// <param name="sessions">The model.</param>
/// <param name="layout">Its rows.</param>
/// <param name="limit">How long it may take, about; the first measurement is always made.</param>
/// <param name="time">The clock.</param>
internal sealed class Calibration(SetupSessions sessions, RowLayout layout, TimeSpan limit, TimeProvider time)
{
    // Several instances answer a lone request later; so much more throughput is worth that.
    private const double WorthInstances = 1.1;

    // What a larger batch must gain for still larger ones to be tried.
    private const double WorthGrowing = 1.03;

    // A run so short, in s, costs less than waking up a thread for it.
    private const double Instant = 20e-6;

    // Latencies that are as good as equal.
    private const double NearlyEqual = 1.1;

    // Sizes that gain nothing, one after the other, before no larger one is tried: the first may only have been measured badly.
    private const int MostFruitless = 2;

    private const int TimedRuns = 3;
    private const int MostRuns = 500;
    private const double ShortestRun = 1e-7;
    private static readonly TimeSpan TimedSpan = TimeSpan.FromMilliseconds(4);

    // Beyond this many rows per second requests cost more than runs: no setup and no size of batches is better than another.
    private static readonly double Plenty = 50_000 * Environment.ProcessorCount;
    private readonly long _started = time.GetTimestamp();

    private TimeSpan Left => limit - time.GetElapsedTime(_started);

    /// <summary>Measures setups, and chooses one.</summary>
    /// <param name="candidates">The setups, the one that answers a lone request soonest first.</param>
    /// <param name="maxBatchSize">Most rows of a batch.</param>
    /// <exception cref="ToolchainException">The model cannot be loaded, or fails.</exception>
    public Finding Choose(IReadOnlyList<ThreadSetup> candidates, int maxBatchSize)
    {
        var measured = new List<SetupMeasurement>();
        foreach (var setup in candidates)
        {
            if (measured.Count == 0 || (Left > TimeSpan.Zero && !IsBeaten(setup, measured) && !measured.Exists(static m => m.Lone <= Instant || Rate(m) >= Plenty)))
            {
                measured.Add(Measure(setup, maxBatchSize));
            }
        }

        var chosen = Best(measured);
        var isInstant = chosen.Lone <= Instant;
        var (size, gain) = chosen.Best >= Plenty ? (maxBatchSize, "Requests cost more than its runs, in whatever batches. ")
            : chosen.MaxBatchSize is 1 && maxBatchSize > 1 ? (1, "Larger batches gain nothing. ")
            : (chosen.MaxBatchSize, "");
        return new(chosen.Setup, size, isInstant, $"{(isInstant ? "A run is over before another thread has woken up. " : "")}{gain}Measured {string.Join("; ", measured)}.");
    }

    /// <summary>The best of what was measured: the soonest answer to a lone request, unless another setup has clearly more throughput.</summary>
    internal static SetupMeasurement Best(IReadOnlyList<SetupMeasurement> measured)
    {
        var lone = measured.Min(static m => m.Lone);
        var soonest = measured.Where(m => m.Lone <= NearlyEqual * lone).ToList();
        var rate = soonest.Max(Rate);
        var first = soonest.Where(m => Rate(m) * WorthInstances >= rate).OrderBy(static m => m.Setup.Instances).ThenBy(static m => m.Setup.Threads).First();
        return measured.MaxBy(Rate) is { } fastest && Rate(fastest) > WorthInstances * Rate(first) ? fastest : first;
    }

    private static double Rate(SetupMeasurement measurement) => Math.Min(measurement.Best, Plenty);

    // One instance of one thread is worth measuring only where more threads do not answer sooner.
    private static bool IsBeaten(ThreadSetup setup, List<SetupMeasurement> measured) =>
        setup is { Instances: 1, Threads: 1 } && measured.Find(static m => m.Setup.Threads == 1) is { } alike && alike.Lone > NearlyEqual * measured[0].Lone;

    private SetupMeasurement Measure(ThreadSetup setup, int maxBatchSize)
    {
        var loaded = sessions.For(setup);
        using var buffer = new RowBuffer(loaded[0], layout, setup.Instances * maxBatchSize);
        var runners = loaded.Select(session => new RowRunner(session, buffer)).ToList();
        try
        {
            var lone = 1 / Rate([runners[0]], buffer, 1, maxBatchSize);
            return new(setup, lone, Grow(runners, buffer, maxBatchSize, lone));
        }
        finally
        {
            runners.ForEach(static r => r.Dispose());
        }
    }

    private List<(int Rows, double Rate)> Grow(List<RowRunner> runners, RowBuffer buffer, int maxBatchSize, double lone)
    {
        var rates = new List<(int Rows, double Rate)> { (1, runners.Count == 1 ? 1 / lone : Rate(runners, buffer, 1, maxBatchSize)) };
        for (var fruitless = 0; rates[^1].Rows < maxBatchSize && rates[^1].Rate < Plenty && fruitless < MostFruitless;)
        {
            var rows = Math.Min(2 * rates[^1].Rows, maxBatchSize);
            var expected = TimeSpan.FromSeconds((1 + TimedRuns) * rows * runners.Count / rates[^1].Rate);
            if (expected > Left)
            {
                break;
            }

            var best = rates.Max(static r => r.Rate);
            rates.Add((rows, Rate(runners, buffer, rows, maxBatchSize)));
            fruitless = rates[^1].Rate > WorthGrowing * best ? 0 : fruitless + 1;
        }

        return rates;
    }

    // Rows per second of several runners at the same time, each on rows of its own.
    private double Rate(List<RowRunner> runners, RowBuffer buffer, int rows, int stride)
    {
        for (var input = 0; input < layout.Inputs.Count; input++)
        {
            for (var i = 0; i < runners.Count; i++)
            {
                buffer.Input(input, i * stride, rows).Clear();
            }
        }

        using var together = new Barrier(runners.Count);
        var others = runners.Skip(1).Select((runner, i) => RunOnThread(() => Rate(runner, (i + 1) * stride, rows, together))).ToList();
        var own = Rate(runners[0], 0, rows, together);
        return own + others.Sum(static rate => rate.GetAwaiter().GetResult());
    }

    // A thread inherits the priority of the one that starts it, and is given its processors; a thread of the pool would have neither.
    private static Task<double> RunOnThread(Func<double> work)
    {
        var result = new TaskCompletionSource<double>();
        var processors = NativeThread.Current.Processors;
        new Thread(() =>
        {
            try
            {
                NativeThread.Current.TrySetProcessors(processors);
                result.SetResult(work());
            }
            catch (Exception failure)
            {
                result.SetException(failure);
            }
        })
        {
            IsBackground = true,
            Name = "calibration",
        }.Start();
        return result.Task;
    }

    private double Rate(RowRunner runner, int row, int rows, Barrier together)
    {
        try
        {
            runner.Run(row, rows);
        }
        finally
        {
            together.SignalAndWait();
        }

        // The median, so that a run that lost its processor for a while does not count.
        var (runs, started) = (new List<TimeSpan>(), time.GetTimestamp());
        for (var before = started; runs.Count < TimedRuns || (runs.Count < MostRuns && time.GetElapsedTime(started) < TimedSpan);)
        {
            runner.Run(row, rows);
            var after = time.GetTimestamp();
            runs.Add(time.GetElapsedTime(before, after));
            before = after;
        }

        runs.Sort();
        return rows / Math.Max(runs[(runs.Count - 1) / 2].TotalSeconds, ShortestRun);
    }
}
