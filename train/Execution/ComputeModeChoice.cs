using System.Diagnostics;
using System.Globalization;
using Toolchain.Graphs;
using Toolchain.Train.Optimization;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Toolchain.Train.Execution;

/// <summary>A compute mode and why it was taken, for people.</summary>
public sealed record ChosenMode(ComputeMode Mode, string Reason);

/// <summary>
/// Finds the fastest way to compute a step on this machine by trying: bfloat16 and channels_last gain a factor of two or more on processors with
/// AMX or AVX-512 BF16, and lose on others. What was measured is remembered per machine, so that a seed gives the same weights again.
/// </summary>
internal static class ComputeModeChoice
{
    // A mode must be faster by this factor to replace the one before it, so that noise does not decide.
    private const double WorthIt = 1.1;
    private const int LargestTrialBatch = 32;
    private const int TimedSteps = 3;

    /// <summary>The mode to train in: what was asked for, or what is measured or remembered to be the fastest.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="target">The device.</param>
    /// <param name="batch">Images per step.</param>
    /// <param name="precision">What was asked for; null to choose.</param>
    /// <param name="layout">What was asked for; null to choose.</param>
    /// <param name="memory">Remembers choices between runs.</param>
    public static ChosenMode Choose(Graph graph, Device target, int batch, Precision? precision, MemoryLayout? layout, ComputeModeMemory memory)
    {
        ComputeMode[] candidates = [.. All.Where(m => (precision ?? m.Precision) == m.Precision && (layout ?? m.Layout) == m.Layout)];
        if (candidates is [var only])
        {
            return new(only, "as asked");
        }

        var key = ComputeModeMemory.Key(graph, target, batch, candidates);
        if (memory.Recall(key, candidates) is { } known)
        {
            return new(known, "measured on this machine before");
        }

        var trial = Math.Min(batch, LargestTrialBatch);
        var best = (Mode: candidates[0], Seconds: StepSeconds(graph, target, candidates[0], trial, double.PositiveInfinity));
        var speeds = new List<string> { Describe(candidates[0], trial, best.Seconds) };
        foreach (var mode in candidates.Skip(1))
        {
            var seconds = StepSeconds(graph, target, mode, trial, best.Seconds);
            speeds.Add(Describe(mode, trial, seconds));
            best = seconds * WorthIt < best.Seconds ? (mode, seconds) : best;
        }

        memory.Remember(key, best.Mode);
        return new(best.Mode, $"measured in images/s: {string.Join(", ", speeds)}");
    }

    private static ComputeMode[] All { get; } =
    [
        new(Precision.Float32, MemoryLayout.Contiguous),
        new(Precision.Float32, MemoryLayout.ChannelsLast),
        new(Precision.BFloat16, MemoryLayout.Contiguous),
        new(Precision.BFloat16, MemoryLayout.ChannelsLast),
    ];

    /// <summary>The fastest of a few training steps on random images; infinite when the first step already shows that the mode is out of the question.</summary>
    private static double StepSeconds(Graph graph, Device target, ComputeMode mode, int batch, double best)
    {
        using var network = new GraphExecutor(graph, target, mode) { Training = true };
        using var optimizer = new Sgd(network.Weights.Parameters, standardMomentum: 0);
        using var scope = NewDisposeScope();
        var size = graph.Inputs[0].Type.Shape!.Skip(1).Select(static d => d.Value);
        var images = mode.Arrange(randn([batch, .. size], device: target));
        var labels = zeros([batch], dtype: ScalarType.Int64, device: target);

        // The first step compiles kernels; a mode without fast kernels shows itself by being many times slower even so.
        if (Step() > 4 * best + 0.5)
        {
            return double.PositiveInfinity;
        }

        return Enumerable.Range(0, TimedSteps).Min(_ => Step());

        double Step()
        {
            using var inner = NewDisposeScope();
            var started = Stopwatch.GetTimestamp();
            var loss = F.cross_entropy(network.Forward(images), labels);
            loss.backward();
            optimizer.Step(0);
            _ = loss.item<float>();
            return Stopwatch.GetElapsedTime(started).TotalSeconds;
        }
    }

    private static string Describe(ComputeMode mode, int batch, double seconds) =>
        string.Create(CultureInfo.InvariantCulture, $"{mode} {(double.IsFinite(seconds) ? (batch / seconds).ToString("n0", CultureInfo.InvariantCulture) : "too slow")}");
}
