using System.Text.Json.Nodes;
using Toolchain.Export.Ensembles.Soups;
using Toolchain.Export.Exporting;
using Toolchain.Export.Verification;
using Toolchain.Registry;
using Toolchain.Registry.Cli;

namespace Toolchain.Export.Ensembles;

/// <summary>The result of averaging weights.</summary>
/// <param name="Version">The version that was published.</param>
/// <param name="Artifact">The file that servers take.</param>
internal sealed record SoupReport(ModelVersion Version, ArtifactManifest Artifact)
{
    /// <summary>The models; of a greedy choice from best to worst.</summary>
    public EquatableArray<SoupCandidate> Candidates { get; init; }

    /// <summary>The shares of those that were taken.</summary>
    public EquatableArray<double> Shares { get; init; }

    /// <summary>What the soup reaches on the validation samples; null without a data set.</summary>
    public TestScore? Score { get; init; }

    private PublishedArtifact Published => new(Version, Artifact);

    /// <summary>The report for people, as rows of a table.</summary>
    public IReadOnlyList<string>[] ToRows() =>
    [
        ["model", Version.ToString()],
        .. Ingredients().Select(static i => (string[])["ingredient", $"{i.Candidate.Member}, {(i.Share is { } share ? $"weight {Display.Number(share)}" : "left out")}{Suffix(i.Candidate.Score)}"]),
        .. Score is { } score ? (string[][])[[$"validation", $"{Text(score)} on {Display.Count(score.Samples, "sample")}"]] : [],
        Published.File,
        ["parity", $"max abs error {Display.Number(Artifact.Parity!.MaxAbsError)}, {Display.Number(Artifact.Parity.Tolerance)} allowed"],
        ["path", Published.Path],
    ];

    /// <summary>The report for programs.</summary>
    public JsonObject ToJson()
    {
        var json = Published.ToJson();
        json["ingredients"] = new JsonArray([.. Ingredients().Select(static i => new JsonObject
        {
            ["model"] = i.Candidate.Member.ToString(),
            ["weight"] = i.Share ?? 0,
            ["validation"] = i.Candidate.Score?.Value,
        })]);
        json["max_abs_error"] = Artifact.Parity!.MaxAbsError;
        json["tolerance"] = Artifact.Parity.Tolerance;
        if (Score is { } score)
        {
            json["validation"] = new JsonObject { [score.Metric] = score.Value, ["samples"] = score.Samples };
        }

        return json;
    }

    private IEnumerable<(SoupCandidate Candidate, double? Share)> Ingredients()
    {
        var taken = 0;
        foreach (var candidate in Candidates)
        {
            yield return (candidate, candidate.IsTaken ? Shares[taken++] : null);
        }
    }

    private static string Suffix(TestScore? score) => score is null ? "" : $", {Text(score)} alone";

    private static string Text(TestScore score) => $"{score.Metric} {(score.Accuracy is { } share ? Display.Percent(share) : Display.Number(score.Value))}";
}
