using TorchSharp;

namespace Toolchain.Train.Profiling;

/// <summary>One of the places with the most time.</summary>
/// <param name="Name">The layer and its operator, or the part.</param>
/// <param name="Part">The part that it belongs to; empty for a part itself.</param>
/// <param name="Seconds">The time in it over all steps.</param>
/// <param name="Share">Its share of the steps' time, 0..1.</param>
internal sealed record HotSpot(string Name, string Part, double Seconds, double Share);

/// <summary>What a profile comes to.</summary>
/// <param name="FirstStep">The first profiled step, from 1.</param>
/// <param name="Steps">Profiled steps.</param>
/// <param name="Seconds">Their wall time.</param>
/// <param name="Meaning">How the times were taken, in sentences.</param>
/// <param name="Hottest">The ten places with the most time, the hottest first.</param>
/// <param name="Threads">Where the threads' time went; empty where the system does not tell.</param>
/// <param name="Tree">All time by place.</param>
internal sealed record ProfileSummary(
    long FirstStep, long Steps, double Seconds, string Meaning, IReadOnlyList<HotSpot> Hottest, IReadOnlyList<ThreadShare> Threads, IReadOnlyList<ProfileNode> Tree)
{
    private const int Count = 10;

    private const string Times =
        "Wall times of the training thread. A layer's forward time is that of its operator; its backward time is that of libtorch's gradients for this layer alone, "
        + "and layers that share memory, such as a convolution and the rectifier that is written over it, are one. What no box covers is the time between the operators.";

    private const string Waiting = " The clock waits for the device before and after each operator, so nothing overlaps, and a step takes longer than usual.";

    /// <summary>Sums spans up.</summary>
    /// <param name="spans">All spans.</param>
    /// <param name="firstStep">The first profiled step.</param>
    /// <param name="threads">Where the threads' time went.</param>
    /// <param name="device">Where it was computed.</param>
    public static ProfileSummary Of(IReadOnlyList<ProfileSpan> spans, long firstStep, IReadOnlyList<ThreadShare> threads, DeviceType device)
    {
        var frequency = (double)System.Diagnostics.Stopwatch.Frequency;
        var steps = spans.Where(static s => s.Part == ProfilePart.Step).ToArray();
        var seconds = steps.Sum(static s => s.To - s.From) / frequency;
        return new(
            firstStep,
            steps.Length,
            seconds,
            device == DeviceType.CPU ? Times : Times + Waiting,
            [
                .. spans.Where(IsSpot).GroupBy(static s => (s.Part, Name: Name(s)))
                    .Select(g => (g.Key, Seconds: g.Sum(static s => s.To - s.From) / frequency))
                    .OrderByDescending(static g => g.Seconds).Take(Count)
                    .Select(g => new HotSpot(g.Key.Name, g.Key.Name == g.Key.Part.Text() ? "" : g.Key.Part.Text(), g.Seconds, seconds > 0 ? g.Seconds / seconds : 0)),
            ],
            threads,
            ProfileTree.Of(spans, frequency));
    }

    // Work with a name of its own, and the parts of a step that have none inside.
    private static bool IsSpot(ProfileSpan span) => span.Thread is null
        && (span.Work is not null ? span.Part != ProfilePart.Validation : span.Part is ProfilePart.Wait or ProfilePart.Load or ProfilePart.Loss or ProfilePart.Optimizer);

    private static string Name(ProfileSpan span) => span.Work is { } work ? $"{work.Place} {work.Operation}".Trim() : span.Part.Text();
}
