using System.Text.Json.Nodes;
using Toolchain.Registry;
using Toolchain.Registry.Cli;

namespace Toolchain.Export.Verification;

/// <summary>The result of checking a version.</summary>
/// <param name="Version">The version.</param>
/// <param name="Artifacts">One report for each artifact.</param>
internal sealed record VerificationReport(ModelVersion Version, EquatableArray<ArtifactReport> Artifacts)
{
    private IEnumerable<CheckResult> Checks => Artifacts.SelectMany(static a => a.Checks);

    /// <summary>How the command ends: damage comes before disagreement.</summary>
    public ExitCode ExitCode => Checks.FirstOrDefault(static c => c.IsDamage) is { } damage ? ExitCodes.Of(damage.Failure!.Value)
        : Checks.All(static c => c.Passed) ? ExitCode.Ok
        : ExitCode.Mismatch;

    /// <summary>The report for people, as rows of a table.</summary>
    public IReadOnlyList<string>[] ToRows() =>
    [
        ["artifact", "check", "result", ""],
        .. Artifacts.SelectMany(static a => a.Checks.Select((check, i) => (string[])[i == 0 ? a.File : "", check.Name, check.Passed ? "ok" : "FAILED", check.Detail])),
    ];

    /// <summary>The report in one sentence.</summary>
    public string Summary()
    {
        var failed = Checks.Count(static c => !c.Passed);
        return failed == 0 ? $"Model {Version}: {Display.Count(Checks.Count(), "check")} passed." : $"Model {Version}: {failed} of {Display.Count(Checks.Count(), "check")} failed.";
    }

    /// <summary>The report for programs.</summary>
    public JsonObject ToJson() => new()
    {
        ["model"] = Version.ToString(),
        ["ok"] = Checks.All(static c => c.Passed),
        ["artifacts"] = new JsonArray([.. Artifacts.Select(Json)]),
    };

    private static JsonObject Json(ArtifactReport a)
    {
        var json = new JsonObject
        {
            ["file"] = a.File,
            ["kind"] = a.Kind,
            ["ok"] = a.Checks.All(static c => c.Passed),

            // JSON has no infinity; the failed check says it in words.
            ["max_abs_error"] = a.MaxAbsError is { } error && double.IsFinite(error) ? error : null,
            ["accuracy"] = a.Score?.Accuracy,
            ["checks"] = new JsonArray([.. a.Checks.Select(static c => new JsonObject { ["name"] = c.Name, ["ok"] = c.Passed, ["detail"] = c.Detail })]),
        };
        if (a.Score is { Accuracy: null } score)
        {
            json[score.Metric] = score.Value;
        }

        return json;
    }
}
