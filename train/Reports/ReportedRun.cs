using Toolchain.Registry;

namespace Toolchain.Train.Reports;

/// <summary>A run with all that is known of it.</summary>
/// <param name="Run">Its log.</param>
/// <param name="Model">What it published.</param>
/// <param name="Test">What that does on the test split.</param>
internal sealed record ReportedRun(RunRecord Run, Obtained<PublishedModel> Model, Obtained<TestResult> Test)
{
    /// <summary>Its title: the published version, or the name that it would have.</summary>
    public string Title => Run.Model ?? Run.Start.Model;

    /// <summary>Accuracy and loss on the test split: as measured for this report, otherwise as the run measured them; null when it did not.</summary>
    public SplitMetrics? TestMetrics => Test.Value?.Metrics
        ?? (Run.End is ({ TestLoss: not null } or { TestAccuracy: not null }) ? new SplitMetrics(Run.Start.TestImages, Run.End.TestAccuracy, Run.End.TestLoss) : null);

    /// <summary>How far it has come, in words.</summary>
    public string State => Run.State switch
    {
        RunState.Open => "not finished",
        RunState.Published => "finished",
        RunState.Trained => "trained as a sweep's trial",
        RunState.Stopped => "stopped",
        RunState.Failed => "failed",
        _ => throw new InvalidOperationException($"Unknown state {Run.State}."),
    };
}
