using Toolchain.Train.Observation;

namespace Toolchain.Train.Reports;

/// <summary>How far a run has come.</summary>
internal enum RunState
{
    /// <summary>Its log has no end: it is going on, or its process was killed.</summary>
    Open,

    /// <summary>It has published a model.</summary>
    Published,

    /// <summary>Somebody stopped it.</summary>
    Stopped,

    /// <summary>It could not go on.</summary>
    Failed,
}

/// <summary>A run as its log tells it, each epoch and step once: those that a resumed run repeated as they were the last time.</summary>
/// <param name="Folder">The run's folder.</param>
/// <param name="Start">How it began; null where the log does not come to that.</param>
/// <param name="Epochs">Whole epochs, in order.</param>
/// <param name="Steps">What was logged between them, in order.</param>
/// <param name="Findings">Signs of trouble, in the order of their discovery.</param>
/// <param name="End">How it ended; null when it has not.</param>
/// <param name="Seconds">Seconds that its processes worked, as far as the log goes.</param>
internal sealed record RunRecord(
    string Folder, StartLine? Start, IReadOnlyList<EpochLine> Epochs, IReadOnlyList<StepLine> Steps, IReadOnlyList<FindingLine> Findings, EndLine? End, double Seconds)
{
    /// <summary>The folder's name.</summary>
    public string Name { get; } = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(Folder)));

    /// <summary>How far it has come.</summary>
    public RunState State => End?.Outcome switch
    {
        null => RunState.Open,
        "published" => RunState.Published,
        "stopped" => RunState.Stopped,
        "failed" => RunState.Failed,
        var other => throw new ToolchainException(ErrorKind.BadInput, $"The log of '{Folder}' ends with the outcome '{other}', which this toolchain does not know. Use the one that wrote it."),
    };

    /// <summary>The epoch whose weights were published, or, before that, the best so far; null before the first.</summary>
    public EpochLine? Best => End?.BestEpoch is { } best ? Epochs.FirstOrDefault(e => e.Epoch == best) : Epochs.LastOrDefault(static e => e.Best);

    /// <summary>The published version; null when there is none.</summary>
    public string? Model => End?.Model;

    /// <summary>Reads a run's folder.</summary>
    /// <exception cref="ToolchainException">It is no run's folder (<see cref="ErrorKind.NotFound"/>), or its log is damaged (<see cref="ErrorKind.BadInput"/>).</exception>
    public static RunRecord Read(string folder)
    {
        var log = Path.Combine(folder, "log.jsonl");
        return File.Exists(log)
            ? Of(folder, RunLog.Read(log))
            : throw new ToolchainException(ErrorKind.NotFound, $"'{folder}' is no run's folder: it has no log.jsonl. Give one of those that train run makes, such as runs/mlp-20260131-120000.");
    }

    /// <summary>A run from its log's lines.</summary>
    internal static RunRecord Of(string folder, IReadOnlyList<RunLogLine> lines)
    {
        var (epochs, steps) = (new SortedDictionary<int, EpochLine>(), new SortedDictionary<long, StepLine>());
        var findings = new OrderedDictionary<string, FindingLine>(StringComparer.Ordinal);
        StartLine? start = null;
        EndLine? end = null;
        var (before, elapsed) = (0.0, 0.0);
        foreach (var line in lines)
        {
            switch (line)
            {
                case StartLine first:
                    start = first;
                    break;
                case ResumeLine resume:
                    (before, elapsed, end) = (before + elapsed, 0, null);
                    Forget(epochs, resume.Epochs);
                    Forget(steps, resume.Steps);
                    break;
                case EpochLine epoch:
                    epochs[epoch.Epoch] = epoch;
                    break;
                case StepLine step:
                    steps[step.Step] = step;
                    break;
                case FindingLine finding:
                    findings[finding.Sign] = finding;
                    break;
                case EndLine last:
                    end = last;
                    break;
            }

            elapsed = line.Elapsed;
        }

        return new(folder, start, [.. epochs.Values], [.. steps.Values], [.. findings.Values], end, before + elapsed);
    }

    private static void Forget<TKey, TLine>(SortedDictionary<TKey, TLine> lines, TKey after)
        where TKey : notnull, IComparable<TKey>
    {
        foreach (var key in lines.Keys.Where(k => k.CompareTo(after) > 0).ToArray())
        {
            lines.Remove(key);
        }
    }
}
