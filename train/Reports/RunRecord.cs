using Toolchain.Train.Loop;
using Toolchain.Train.Observation;

namespace Toolchain.Train.Reports;

/// <summary>How far a run has come.</summary>
internal enum RunState
{
    /// <summary>Its log has no end: it is going on, or its process was killed.</summary>
    Open,

    /// <summary>It has published a model.</summary>
    Published,

    /// <summary>It is a sweep's trial that came as far as the sweep wanted it.</summary>
    Trained,

    /// <summary>Somebody stopped it.</summary>
    Stopped,

    /// <summary>It could not go on.</summary>
    Failed,
}

/// <summary>A run as its folder tells it.</summary>
/// <param name="Folder">The run's folder.</param>
/// <param name="Spec">What it was asked to do.</param>
/// <param name="Log">Its log.</param>
internal sealed record RunRecord(string Folder, RunSpec Spec, RunLog Log)
{
    /// <summary>The folder's name.</summary>
    public string Name { get; } = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(Folder)));

    /// <summary>Whole epochs, in order.</summary>
    public IReadOnlyList<EpochLine> Epochs { get; } = [.. Log.Epochs];

    /// <summary>The last whole epoch; null before the first has ended.</summary>
    public EpochLine? Last => Epochs is [.., var last] ? last : null;

    /// <summary>What was logged between them, in order.</summary>
    public IReadOnlyList<StepLine> Steps { get; } = [.. Log.Steps];

    /// <summary>Signs of trouble, in the order of their discovery.</summary>
    public IReadOnlyList<FindingLine> Findings { get; } = [.. Log.Findings];

    /// <summary>How it began.</summary>
    public StartLine Start => Log.Start;

    /// <summary>How it ended; null when it has not.</summary>
    public EndLine? End => Log.End;

    /// <summary>How far it has come.</summary>
    public RunState State { get; } = Log.End?.Outcome switch
    {
        null => RunState.Open,
        "published" => RunState.Published,
        "trained" => RunState.Trained,
        "stopped" => RunState.Stopped,
        "failed" => RunState.Failed,
        var other => throw new ToolchainException(ErrorKind.BadInput, $"The log of '{Folder}' ends with the outcome '{other}', which this toolchain does not know. Use the one that wrote it."),
    };

    /// <summary>The epoch whose weights were published, or, before that, the best so far; null before the first.</summary>
    public EpochLine? Best => End?.BestEpoch is { } best ? Epochs.FirstOrDefault(e => e.Epoch == best) : Epochs.LastOrDefault(static e => e.Best);

    /// <summary>The published version; null when there is none.</summary>
    public string? Model => End?.Model;

    /// <summary>Seconds that its processes worked on it, as far as the log goes.</summary>
    public double Seconds { get; } = Worked(Log.Lines);

    /// <summary>Reads a run's folder.</summary>
    /// <exception cref="ToolchainException">It has no log (<see cref="ErrorKind.NotFound"/>), or what it has is damaged (<see cref="ErrorKind.BadInput"/>).</exception>
    public static RunRecord Read(string folder)
    {
        var log = RunLog.Read(Path.Combine(folder, "log.jsonl"));
        return new(folder, RunSpec.Read(folder), log);
    }

    // Every process counts from 0.
    private static double Worked(IReadOnlyList<RunLogLine> lines)
    {
        var (before, here) = (0.0, 0.0);
        foreach (var line in lines)
        {
            (before, here) = line is ResumeLine ? (before + here, line.Elapsed) : (before, line.Elapsed);
        }

        return before + here;
    }
}
