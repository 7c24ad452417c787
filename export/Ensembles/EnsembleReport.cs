using System.Text.Json.Nodes;
using Toolchain.Export.Verification;
using Toolchain.Registry;
using Toolchain.Registry.Cli;

namespace Toolchain.Export.Ensembles;

/// <summary>The result of merging models.</summary>
/// <param name="Version">The version that was published.</param>
/// <param name="Plan">The ensemble.</param>
/// <param name="Artifact">The file that servers take.</param>
/// <param name="Choice">Its layout and how far it is from the members.</param>
/// <param name="Score">What was measured on the test split; null without a data set.</param>
/// <param name="Folding">The time of merging and writing, without the proof.</param>
internal sealed record EnsembleReport(ModelVersion Version, EnsemblePlan Plan, ArtifactManifest Artifact, LayoutChoice Choice, TestScore? Score, TimeSpan Folding)
{
    /// <summary>The artifact's file.</summary>
    public string Path => System.IO.Path.Combine(Version.Folder, Artifact.File);

    private string Layout => LayoutText(Choice.Layout);

    /// <summary>The word for a layout.</summary>
    public static string LayoutText(EnsembleLayout layout) => layout switch
    {
        EnsembleLayout.Branches => "branches",
        EnsembleLayout.Grouped => "grouped",
        EnsembleLayout.Auto => "auto",
        _ => throw new ArgumentOutOfRangeException(nameof(layout), layout, "Unknown layout."),
    };

    /// <summary>The report for people, as rows of a table.</summary>
    public IReadOnlyList<string>[] ToRows() =>
    [
        ["model", Version.ToString()],
        .. Plan.Members.Select(static m => (string[])["member", $"{m}, weight {Display.Number(m.Weight)}"]),
        ["layout", $"{Layout}{(Choice.Note is { } note ? $", because grouped is not possible: {note}" : "")}"],
        .. Choice.Timings.Select(static t => (string[])["measured", $"batch {t.Batch}: branches {Display.Number(t.Branches)} ms, grouped {Display.Number(t.Grouped)} ms"]),
        ["artifact", $"{Artifact.File} ({Display.Bytes(Artifact.Bytes)}, opset {Artifact.Opset})"],
        ["inputs", Tensors(Artifact.Inputs)],
        ["outputs", Tensors(Artifact.Outputs)],
        ["parity", $"max abs error {Display.Number(Choice.Parity.Error)} from the members' own average, {Display.Number(Choice.Allowed)} allowed"],
        .. Score is { } score ? (string[][])[[score.Metric, score.Describe(Version)]] : [],
        ["path", Path],
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
            ["members"] = new JsonArray([.. Plan.Members.Select(static m => new JsonObject { ["model"] = m.ToString(), ["weight"] = m.Weight })]),
            ["layout"] = Layout,
            ["layout_note"] = Choice.Note,
            ["timings"] = new JsonArray([.. Choice.Timings.Select(static t => new JsonObject { ["batch"] = t.Batch, ["branches_ms"] = t.Branches, ["grouped_ms"] = t.Grouped })]),
            ["max_abs_error"] = Choice.Parity.Error,
            ["tolerance"] = Choice.Allowed,
            ["folding_seconds"] = Folding.TotalSeconds,
        };
        if (Score is { } score)
        {
            json[score.Metric] = score.Value;
        }

        return json;
    }

    private static string Tensors(IEnumerable<TensorSpec> tensors) => string.Join(", ", tensors.Select(static t => $"{t.Name} {t.Type} {t.Shape}"));
}
