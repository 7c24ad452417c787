namespace Toolchain.Export.Verification;

/// <summary>One check of one artifact.</summary>
/// <param name="Name">What was checked: <c>hash</c>, <c>structure</c>, <c>runtime</c>, <c>probe</c>, <c>batches</c>, <c>accuracy</c> or <c>mse</c>.</param>
/// <param name="Failure">What kind of fault it found; null when all is well.</param>
/// <param name="Detail">What was found, for people.</param>
internal sealed record CheckResult(string Name, ErrorKind? Failure, string Detail)
{
    /// <summary>Whether all is well.</summary>
    public bool Passed => Failure is null;

    /// <summary>Whether the file is damaged or unusable, rather than wrong in what it computes.</summary>
    public bool IsDamage => Failure is { } kind and not ErrorKind.Mismatch;
}

/// <summary>The checks of one artifact, in the order in which they ran; those after damage cannot run.</summary>
/// <param name="File">Its file name.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Checks">The results.</param>
/// <param name="MaxAbsError">The largest difference from the probe; null when it was not measured, infinite when something is no number.</param>
/// <param name="Score">What it reaches on the test split; null when it was not measured.</param>
internal sealed record ArtifactReport(string File, string Kind, EquatableArray<CheckResult> Checks, double? MaxAbsError = null, TestScore? Score = null);
