using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;
using Toolchain.Graphs;
using Toolchain.Registry.Cli;

namespace Toolchain.Export.Inspection;

/// <summary>An inspection for people.</summary>
internal static class InspectionText
{
    // Longer metadata is cut: it is meant for programs, which take --json.
    private const int MetadataLength = 120;

    /// <summary>Facts, operators and layers, one table each.</summary>
    public static IRenderable Of(ModelInspection inspection) => new Rows(
        [Facts(inspection), Text.NewLine, Operators(inspection), Text.NewLine, inspection.Layers is { } layers ? Layers(layers) : new Text($"no layer table: {inspection.LayersProblem}")]);

    private static Table Facts(ModelInspection inspection)
    {
        var (model, graph) = (inspection.Model, inspection.Model.Graph);
        var table = Display.Table();
        table.Row("file", $"{inspection.Path} ({Display.Bytes(inspection.Bytes)})");
        table.Row("graph", graph.Name);
        table.Row("opset", string.Join(", ", model.Domains.OrderBy(static d => d.Key, StringComparer.Ordinal).Select(static d => Invariant($"{d.Key} {d.Value}")).Prepend(Invariant($"{model.Opset}"))));
        table.Row("IR version", Invariant($"{model.IrVersion}"));
        table.Row("producer", $"{model.ProducerName} {model.ProducerVersion}".Trim() is { Length: > 0 } producer ? producer : "-");
        Values(table, "input", graph.Inputs);
        Values(table, "output", graph.Outputs);
        foreach (var (type, count, bytes) in inspection.Weights)
        {
            table.Row("weights", $"{Display.Count(count, $"{type.Display()} tensor")}, {Display.Bytes(bytes)}");
        }

        foreach (var (key, value) in graph.Metadata)
        {
            table.Row($"metadata {key}", value.Length > MetadataLength ? $"{value[..MetadataLength]}…" : value);
        }

        return table;
    }

    private static void Values(Table table, string what, EquatableArray<ValueInfo> values)
    {
        foreach (var value in values)
        {
            table.Row(what, $"{value.Name} {value.Type}");
        }
    }

    private static Table Operators(ModelInspection inspection)
    {
        var table = Display.Table("operator", "nodes");
        foreach (var (name, count) in inspection.Operators)
        {
            table.Row(name, Invariant($"{count}"));
        }

        return table;
    }

    private static Table Layers(LayerTable layers)
    {
        var table = Display.Table("layer", "operator", "output", "values", "multiply-adds", "activations");
        foreach (var row in layers.Rows)
        {
            table.Row(row.Name, row.Operator, row.Output?.ToString() ?? "?", Invariant($"{row.Parameters + row.Buffers:N0}"), Invariant($"{row.MultiplyAdds:N0}"), Display.Bytes(row.ActivationBytes));
        }

        table.Row("total", "", "", Invariant($"{layers.Total:N0}"), Invariant($"{layers.MultiplyAdds:N0}"), Display.Bytes(layers.ActivationBytes));
        return table;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
