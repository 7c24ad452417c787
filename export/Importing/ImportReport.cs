using System.Globalization;
using System.Text.Json.Nodes;
using Toolchain.Export.Rewrites;
using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;
using Toolchain.Registry.Cli;

namespace Toolchain.Export.Importing;

/// <summary>The result of an import.</summary>
/// <param name="Version">The published version.</param>
/// <param name="File">The file as it was read.</param>
/// <param name="Graph">The graph that was published.</param>
/// <param name="Input">What the file takes.</param>
/// <param name="Normalisation">How pixels become that.</param>
/// <param name="Labels">The labels.</param>
/// <param name="Ending">How the graph ends.</param>
/// <param name="OtherOutputs">How many outputs of the file were left out.</param>
/// <param name="Rewrites">What was done to the graph.</param>
/// <param name="Difference">The largest difference to the file's numbers.</param>
internal sealed record ImportReport(
    ModelVersion Version, OnnxModel File, Graph Graph, ForeignInput Input, Normalisation Normalisation, Labels Labels, OutputEnding Ending, int OtherOutputs,
    EquatableArray<RewriteReport> Rewrites, double Difference)
{
    /// <summary>The operators that can be served but not trained, by name.</summary>
    public IReadOnlyList<string> ForeignOperators => [.. Graph.Nodes.Select(static n => n.Op).OfType<Foreign>().Select(static f => f.Space.Length == 0 ? f.Name : $"{f.Space}.{f.Name}").Distinct().Order(StringComparer.Ordinal)];

    /// <summary>What a person should check or know.</summary>
    public IEnumerable<string> Warnings()
    {
        if (Normalisation.IsAssumed)
        {
            yield return "the file does not say how its pixels are normalised; 0..1 is assumed. Say it with --input-range, --mean and --std.";
        }

        if (OtherOutputs > 0)
        {
            yield return $"{Display.Count(OtherOutputs, "other output")} of the file {(OtherOutputs == 1 ? "is" : "are")} left out.";
        }

        if (ForeignOperators is { Count: > 0 } foreign)
        {
            yield return $"the model can be served but not trained: the trainer does not know {string.Join(", ", foreign)}.";
        }
    }

    /// <summary>The report for people, as rows of a table.</summary>
    public IReadOnlyList<string>[] ToRows() =>
    [
        ["model", Version.ToString()],
        ["file", $"{Version.Manifest.Import!.File} (opset {Number(File.Opset)}{(Version.Manifest.Import.Producer is { } producer ? $", {producer}" : "")})"],
        ["graph", $"opset {Number(Version.Manifest.Artifacts[0].Opset ?? 0)}, {Display.Count(Graph.Nodes.Count, "node")}"],
        ["input", $"{Display.Input(Version.Manifest.Preprocessing)}, {InputText()}"],
        ["normalisation", Normalisation.Known],
        ["output", $"{Graph.Outputs[0].Name} {Graph.Outputs[0].Type}, {EndingText()}"],
        ["labels", $"{Number(Labels.Names.Count)}, {Labels.Known}"],
        ["parity", $"max error {Display.Number(Difference)} against the file, {Display.Number(Version.Manifest.Artifacts[0].Parity!.Tolerance)} allowed"],
        ["path", Version.Folder],
    ];

    /// <summary>The report for programs.</summary>
    public JsonObject ToJson() => new()
    {
        ["model"] = Version.ToString(),
        ["path"] = Version.Folder,
        ["task"] = Version.Manifest.Task,
        ["opset"] = File.Opset,
        ["graph_opset"] = Version.Manifest.Artifacts[0].Opset,
        ["layout"] = Input.Layout.ToString().ToLowerInvariant(),
        ["channels_order"] = Input.Channels.ToString().ToLowerInvariant(),
        ["input"] = Input.Size.ToString(),
        ["mean"] = new JsonArray([.. Version.Manifest.Preprocessing.Mean.Select(static v => (JsonNode)v)]),
        ["std"] = new JsonArray([.. Version.Manifest.Preprocessing.Std.Select(static v => (JsonNode)v)]),
        ["normalisation"] = Normalisation.Known,
        ["output"] = Graph.Outputs[0].Name,
        ["removed"] = Ending.Removed,
        ["labels"] = Labels.Names.Count,
        ["foreign_operators"] = Display.Json(ForeignOperators),
        ["max_error"] = Difference,
        ["tolerance"] = Version.Manifest.Artifacts[0].Parity!.Tolerance,
        ["warnings"] = Display.Json(Warnings()),
    };

    private string InputText() => $"{Input.Name} {Input.Element.Display()} {Input.Layout switch
    {
        ImageLayout.Nchw => "[N, C, H, W]",
        ImageLayout.Nhwc => "[N, H, W, C]",
        ImageLayout.Table => "[N, C]",
        _ => throw new InvalidOperationException($"Unknown layout {Input.Layout}."),
    }}{(Input.Channels == ChannelOrder.Bgr ? ", BGR" : "")} in the file";

    private string EndingText() => Ending.Relation switch
    {
        Relation.Same => Version.Manifest.Task == ModelTask.Regression.Text() ? "values as they are" : "logits as they are",
        Relation.Softmax or Relation.Sigmoid => $"logits before {Ending.Removed}",
        Relation.Logarithm => "logarithms of the file's probabilities",
        _ => throw new InvalidOperationException($"Unknown relation {Ending.Relation}."),
    };

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
