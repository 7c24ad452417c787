using System.Globalization;
using Toolchain.Graphs;
using Toolchain.Registry.Cli;

namespace Toolchain.Export.Inspection;

/// <summary>An inspection for people: facts, operators and layers, each as rows of a table.</summary>
internal static class InspectionText
{
    // Longer metadata is cut: it is meant for programs, which take --json.
    private const int MetadataLength = 120;

    /// <summary>Versions, inputs, outputs, weights and metadata.</summary>
    public static IReadOnlyList<string>[] Facts(ModelInspection inspection)
    {
        var (model, graph) = (inspection.Model, inspection.Model.Graph);
        var domains = model.Domains.OrderBy(static d => d.Key, StringComparer.Ordinal).Select(static d => Invariant($", {d.Key} {d.Value}"));
        return
        [
            ["file", $"{inspection.Path} ({Display.Bytes(inspection.Bytes)})"],
            ["graph", graph.Name],
            ["opset", Invariant($"{model.Opset}") + string.Concat(domains)],
            ["IR version", Invariant($"{model.IrVersion}")],
            ["producer", $"{model.ProducerName} {model.ProducerVersion}".Trim() is { Length: > 0 } producer ? producer : "-"],
            .. graph.Inputs.Select(static i => (string[])["input", $"{i.Name} {i.Type}"]),
            .. graph.Outputs.Select(static o => (string[])["output", $"{o.Name} {o.Type}"]),
            .. inspection.Weights.Select(static w => (string[])["weights", $"{Display.Count(w.Count, $"{w.Type.Display()} tensor")}, {Display.Bytes(w.Bytes)}"]),
            .. graph.Metadata.Select(static m => (string[])[$"metadata {m.Key}", m.Value.Length > MetadataLength ? $"{m.Value[..MetadataLength]}…" : m.Value]),
        ];
    }

    /// <summary>How many nodes there are of each operator.</summary>
    public static IReadOnlyList<string>[] Operators(ModelInspection inspection) =>
        [["operator", "nodes"], .. inspection.Operators.Select(static o => (string[])[o.Operator, Invariant($"{o.Count}")])];

    /// <summary>The layers with their sizes and costs for one image.</summary>
    public static IReadOnlyList<string>[] Layers(LayerTable layers) =>
    [
        ["layer", "operator", "output", "values", "multiply-adds", "activations"],
        .. layers.Rows.Select(static r => (string[])
        [
            r.Name, r.Operator, r.Output?.ToString() ?? "?", Invariant($"{r.Parameters + r.Buffers:N0}"), Invariant($"{r.MultiplyAdds:N0}"), Display.Bytes(r.ActivationBytes),
        ]),
        ["total", "", "", Invariant($"{layers.Total:N0}"), Invariant($"{layers.MultiplyAdds:N0}"), Display.Bytes(layers.ActivationBytes)],
    ];

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
