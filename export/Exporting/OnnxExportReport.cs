using System.Text.Json.Nodes;
using Toolchain.Export.Rewrites;
using Toolchain.Export.Verification;
using Toolchain.Registry;
using Toolchain.Registry.Cli;

namespace Toolchain.Export.Exporting;

/// <summary>The result of an export.</summary>
/// <param name="Version">The version with the new artifact.</param>
/// <param name="Artifact">The artifact.</param>
/// <param name="Options">What was asked for.</param>
/// <param name="Rewrites">What each rewrite did, in order.</param>
/// <param name="Proof">What was found when it was run.</param>
internal sealed record OnnxExportReport(
    ModelVersion Version, ArtifactManifest Artifact, OnnxExportOptions Options, EquatableArray<RewriteReport> Rewrites, ProvenExport Proof)
{
    private PublishedArtifact Published => new(Version, Artifact);

    /// <summary>The report for people, as rows of a table; rewrites that found nothing to do are left out.</summary>
    public IReadOnlyList<string>[] ToRows() =>
    [
        ["model", Version.ToString()],
        Published.File,
        .. Published.Tensors,
        .. Rewrites.Where(static r => !r.Changes.IsEmpty).Select(static r => (string[])["rewrite", $"{r.Rewrite}: {r}"]),
        ["parity", $"max abs error {Display.Number(Proof.Parity.MaxAbsError)} on {Proof.Against}, {Display.Number(Proof.Parity.Tolerance)} allowed"],
        .. Proof.Score is { } score ? (string[][])[[score.Metric, score.Describe(Version)]] : [],
        ["path", Published.Path],
        .. Options.Output is { } copy ? (string[][])[["copy", copy]] : [],
    ];

    /// <summary>The report for programs.</summary>
    public JsonObject ToJson()
    {
        var json = Published.ToJson();
        json["max_abs_error"] = Proof.Parity.MaxAbsError;
        json["tolerance"] = Proof.Parity.Tolerance;
        json["rewrites"] = new JsonArray([.. Rewrites.Select(static r => new JsonObject
        {
            ["name"] = r.Rewrite,
            ["changes"] = new JsonObject(r.Changes.Select(static c => KeyValuePair.Create(c.What, (JsonNode?)c.Count))),
        })]);
        if (Proof.Score is { } score)
        {
            json[score.Metric] = score.Value;
            json[$"trainer_{score.Metric}"] = score.OfTrainer(Version);
        }

        if (Options.Output is { } copy)
        {
            json["output"] = copy;
        }

        return json;
    }
}
