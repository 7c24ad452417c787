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
    /// <summary>The artifact's file.</summary>
    public string Path => System.IO.Path.Combine(Version.Folder, Artifact.File);

    /// <summary>The report for people, as rows of a table; rewrites that found nothing to do are left out.</summary>
    public IReadOnlyList<string>[] ToRows() =>
    [
        ["model", Version.ToString()],
        ["artifact", $"{Artifact.File} ({Display.Bytes(Artifact.Bytes)}, opset {Artifact.Opset})"],
        ["inputs", Tensors(Artifact.Inputs)],
        ["outputs", Tensors(Artifact.Outputs)],
        .. Rewrites.Where(static r => !r.Changes.IsEmpty).Select(static r => (string[])["rewrite", $"{r.Rewrite}: {r}"]),
        ["parity", $"max abs error {Display.Number(Proof.Parity.MaxAbsError)} on {Proof.Against}, {Display.Number(Proof.Parity.Tolerance)} allowed"],
        .. Proof.Score is { } score ? (string[][])[[score.Metric, score.Describe(Version)]] : [],
        ["path", Path],
        .. Options.Output is { } copy ? (string[][])[["copy", copy]] : [],
    ];

    /// <summary>The report for programs.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["model"] = Version.ToString(),
            ["artifact"] = Artifact.File,
            ["path"] = Path,
            ["bytes"] = Artifact.Bytes,
            ["opset"] = Artifact.Opset,
            ["max_abs_error"] = Proof.Parity.MaxAbsError,
            ["tolerance"] = Proof.Parity.Tolerance,
            ["rewrites"] = new JsonArray([.. Rewrites.Select(static r => new JsonObject
            {
                ["name"] = r.Rewrite,
                ["changes"] = new JsonObject(r.Changes.Select(static c => KeyValuePair.Create(c.What, (JsonNode?)c.Count))),
            })]),
        };
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

    private static string Tensors(IEnumerable<TensorSpec> tensors) => string.Join(", ", tensors.Select(static t => $"{t.Name} {t.Type} {t.Shape}"));
}
