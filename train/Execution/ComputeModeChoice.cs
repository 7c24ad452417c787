using System.Diagnostics;
using System.Globalization;
using Toolchain.Graphs;
using Toolchain.Train.Optimization;
using TorchSharp;
using static TorchSharp.torch;

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
    /// <summary>The most images that a trial step takes.</summary>
    public const int LargestTrialBatch = 32;

    private const int Rounds = 6;
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(4);

    private static ComputeMode[] All { get; } =
    [
        new(Precision.Float32, MemoryLayout.Contiguous),
        new(Precision.Float32, MemoryLayout.ChannelsLast),
        new(Precision.BFloat16, MemoryLayout.Contiguous),
        new(Precision.BFloat16, MemoryLayout.ChannelsLast),
    ];

    // Its narrow range makes training less robust, so that it is never chosen unless somebody asks for it.
    private static readonly ComputeMode[] Float16 = [new(Precision.Float16, MemoryLayout.Contiguous), new(Precision.Float16, MemoryLayout.ChannelsLast)];

    /// <summary>The mode to train in: what was asked for, or what is measured or remembered to be the fastest.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="target">The device.</param>
    /// <param name="batch">Images per step.</param>
    /// <param name="precision">What was asked for; null to choose.</param>
    /// <param name="layout">What was asked for; null to choose.</param>
    /// <param name="memory">Remembers choices between runs.</param>
    public static ChosenMode Choose(Graph graph, Device target, int batch, Precision? precision, MemoryLayout? layout, ComputeModeMemory memory)
    {
        ComputeMode[] candidates = [.. (precision == Precision.Float16 ? Float16 : All).Where(m => (precision ?? m.Precision) == m.Precision && (layout ?? m.Layout) == m.Layout)];
        if (candidates is [var only])
        {
            return new(only, "as asked");
        }

        var key = ComputeModeMemory.Key(graph, target, batch, candidates);
        if (memory.Recall(key, candidates) is { } known)
        {
            return new(known, "measured on this machine before");
        }

        var trials = Measure(graph, target, Math.Min(batch, LargestTrialBatch), candidates);
        var best = trials.Aggregate(static (best, next) => next.Seconds * WorthIt < best.Seconds ? next : best);
        memory.Remember(key, best.Mode);
        return new(best.Mode, $"measured in images/s: {string.Join(", ", trials)}");
    }

    /// <summary>The fastest step of each mode. The modes take turns, so that whatever else the machine does meets them all.</summary>
    private static List<Trial> Measure(Graph graph, Device target, int batch, ComputeMode[] candidates)
    {
        var trials = new List<Trial>();
        try
        {
            foreach (var mode in candidates)
            {
                // The first step compiles kernels; a mode without fast kernels shows itself by being many times slower even so.
                var trial = new Trial(graph, target, mode, batch);
                trials.Add(trial);
                // The first mode is what the others are compared with, so it stays whatever loading the engine costs it.
                trial.IsHopeless = trial.Step() > (4 * trials[0].Step()) + 0.5 && trial != trials[0];
            }

            var started = Stopwatch.GetTimestamp();
            for (var round = 0; round < Rounds && (round == 0 || Stopwatch.GetElapsedTime(started) < Budget); round++)
            {
                foreach (var trial in trials.Where(static t => !t.IsHopeless))
                {
                    trial.Seconds = Math.Min(trial.Seconds, trial.Step());
                }
            }

            return trials;
        }
        finally
        {
            trials.ForEach(static t => t.Dispose());
        }
    }

    /// <summary>Training steps on random images in one mode.</summary>
    private sealed class Trial : IDisposable
    {
        private readonly GraphExecutor _network;
        private readonly Sgd _optimizer;
        private readonly Tensor _images;

        public Trial(Graph graph, Device target, ComputeMode mode, int batch)
        {
            (Mode, Batch) = (mode, batch);
            _network = new GraphExecutor(graph, target, mode) { Training = true };
            _optimizer = new Sgd(ParameterGroups.Single(_network.Weights.Parameters));
            using var scope = NewDisposeScope();
            var size = graph.Inputs[0].Type.Shape!.Skip(1).Select(static d => d.Value);
            _images = mode.Arrange(randn([batch, .. size], device: target)).DetachFromDisposeScope();
        }

        public ComputeMode Mode { get; }

        public int Batch { get; }

        public double Seconds { get; set; } = double.PositiveInfinity;

        public bool IsHopeless { get; set; }

        public double Step()
        {
            using var scope = NewDisposeScope();
            var started = Stopwatch.GetTimestamp();

            // Any scalar of the output will do, whatever the task: what takes time is the network.
            var output = _network.Forward(_images).to(ScalarType.Float32);
            var loss = output.mul(output).mean();
            loss.backward();
            _optimizer.Step(new(0));
            _ = loss.item<float>();
            return Stopwatch.GetElapsedTime(started).TotalSeconds;
        }

        public void Dispose()
        {
            _network.Dispose();
            _optimizer.Dispose();
            _images.Dispose();
        }

        public override string ToString() => $"{Mode} {(IsHopeless ? "too slow" : (Batch / Seconds).ToString("n0", CultureInfo.InvariantCulture))}";
    }
}
