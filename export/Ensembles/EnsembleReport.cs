using System.Text.Json.Nodes;
using Toolchain.Export.Exporting;
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
    private PublishedArtifact Published => new(Version, Artifact);

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
        Published.File,
        .. Published.Tensors,
        ["parity", $"max abs error {Display.Number(Choice.Parity.Error)} from the members' own average, {Display.Number(Choice.Allowed)} allowed"],
        .. Score is { } score ? (string[][])[[score.Metric, score.Describe(Version)]] : [],
        ["path", Published.Path],
    ];

    /// <summary>The report for programs.</summary>
    public JsonObject ToJson()
    {
        var json = Published.ToJson();
        json["members"] = new JsonArray([.. Plan.Members.Select(static m => new JsonObject { ["model"] = m.ToString(), ["weight"] = m.Weight })]);
        json["layout"] = Layout;
        json["layout_note"] = Choice.Note;
        json["timings"] = new JsonArray([.. Choice.Timings.Select(static t => new JsonObject { ["batch"] = t.Batch, ["branches_ms"] = t.Branches, ["grouped_ms"] = t.Grouped })]);
        json["max_abs_error"] = Choice.Parity.Error;
        json["tolerance"] = Choice.Allowed;
        json["folding_seconds"] = Folding.TotalSeconds;
        if (Score is { } score)
        {
            json[score.Metric] = score.Value;
        }

        return json;
    }
}
