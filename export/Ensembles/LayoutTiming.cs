using System.Diagnostics;
using Toolchain.Graphs;
using Toolchain.Runtime;

namespace Toolchain.Export.Ensembles;

/// <summary>How long both layouts take for a batch, in ms: the median of several runs in turns.</summary>
internal sealed record LayoutTiming(int Batch, double Branches, double Grouped)
{
    private static readonly int[] Batches = [1, 8, 32];
    private static readonly TimeSpan PerBatch = TimeSpan.FromSeconds(1);
    private const int MostRuns = 51;

    /// <summary>The time of the grouped layout in proportion to that of branches: the geometric mean over the batch sizes.</summary>
    public static double Ratio(IReadOnlyCollection<LayoutTiming> timings) => Math.Exp(timings.Average(static t => Math.Log(t.Grouped / t.Branches)));

    /// <summary>Measures two files for a second for each batch size, after one run of each that counts for nothing.</summary>
    /// <param name="preprocessing">What they take.</param>
    /// <param name="spec">Where they run.</param>
    /// <param name="branches">The file with branches.</param>
    /// <param name="grouped">The grouped file.</param>
    /// <param name="cancellation">Ends it between two runs.</param>
    public static EquatableArray<LayoutTiming> Measure(Preprocessing preprocessing, SessionSpec spec, string branches, string grouped, CancellationToken cancellation)
    {
        using var first = ModelSession.Load(branches, spec);
        using var second = ModelSession.Load(grouped, spec);
        return Batches.Select(batch =>
        {
            var input = InputForm.Pixels.Make(preprocessing, new byte[(long)batch * preprocessing.Height * preprocessing.Width * preprocessing.Channels * (preprocessing.Samples == SampleKind.Pixels ? 1 : sizeof(float))], batch);
            var times = (Branches: new List<double>(), Grouped: new List<double>());
            _ = (Run(first, input), Run(second, input));
            var started = Stopwatch.GetTimestamp();
            do
            {
                cancellation.ThrowIfCancellationRequested();
                times.Branches.Add(Run(first, input));
                times.Grouped.Add(Run(second, input));
            }
            while (times.Branches.Count < MostRuns && Stopwatch.GetElapsedTime(started) < PerBatch);
            return new LayoutTiming(batch, Median(times.Branches), Median(times.Grouped));
        }).ToEquatableArray();
    }

    private static double Run(ModelSession session, TensorData input)
    {
        var started = Stopwatch.GetTimestamp();
        session.Run(new Dictionary<string, TensorData> { [session.Inputs[0].Name] = input });
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    private static double Median(List<double> times) => times.Order().ElementAt(times.Count / 2);
}
