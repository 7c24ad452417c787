using System.Text.Json.Nodes;
using Toolchain.Graphs;
using Toolchain.Registry.Cli;

namespace Toolchain.Export.Inspection;

/// <summary>An inspection for programs. Costs are for one image.</summary>
internal static class InspectionJson
{
    public static JsonObject Of(ModelInspection inspection)
    {
        var (model, graph) = (inspection.Model, inspection.Model.Graph);
        return new()
        {
            ["path"] = inspection.Path,
            ["bytes"] = inspection.Bytes,
            ["graph"] = graph.Name,
            ["opset"] = model.Opset,
            ["domains"] = new JsonObject(model.Domains.OrderBy(static d => d.Key, StringComparer.Ordinal).Select(static d => KeyValuePair.Create(d.Key, (JsonNode?)d.Value))),
            ["ir_version"] = model.IrVersion,
            ["producer"] = model.ProducerName,
            ["producer_version"] = model.ProducerVersion,
            ["inputs"] = Values(graph.Inputs),
            ["outputs"] = Values(graph.Outputs),
            ["metadata"] = new JsonObject(graph.Metadata.Select(static m => KeyValuePair.Create(m.Key, (JsonNode?)m.Value))),
            ["operators"] = new JsonObject(inspection.Operators.Select(static o => KeyValuePair.Create(o.Operator, (JsonNode?)o.Count))),
            ["weights"] = new JsonArray([.. inspection.Weights.Select(static w => new JsonObject { ["type"] = w.Type.Display(), ["count"] = w.Count, ["bytes"] = w.Bytes })]),
            ["nodes"] = new JsonArray([.. graph.Nodes.Select(static n => new JsonObject
            {
                ["name"] = n.Name,
                ["operator"] = n.Op.Domain.Length == 0 ? n.Op.Type : $"{n.Op.Domain}.{n.Op.Type}",
                ["inputs"] = Display.Json(n.Inputs),
                ["outputs"] = Display.Json(n.Outputs),
            })]),
            ["initializers"] = new JsonArray([.. graph.Initializers.Select(static w => new JsonObject
            {
                ["name"] = w.Key,
                ["type"] = w.Value.Type.Display(),
                ["shape"] = w.Value.Dimensions.ToString(),
                ["bytes"] = w.Value.ByteCount,
            })]),
            ["parameters"] = inspection.Layers is { } all ? new JsonObject { ["trainable"] = all.Trainable, ["total"] = all.Total } : null,
            ["multiply_adds"] = inspection.Layers?.MultiplyAdds,
            ["layers"] = inspection.Layers is { } layers ? new JsonArray([.. layers.Rows.Select(Row)]) : null,
            ["layers_problem"] = inspection.LayersProblem,
        };
    }

    private static JsonObject Row(LayerRow row) => new()
    {
        ["name"] = row.Name,
        ["operator"] = row.Operator,
        ["output"] = row.Output?.ToString(),
        ["parameters"] = row.Parameters,
        ["buffers"] = row.Buffers,
        ["multiply_adds"] = row.MultiplyAdds,
        ["activation_bytes"] = row.ActivationBytes,
    };

    private static JsonArray Values(EquatableArray<ValueInfo> values) => new([.. values.Select(static v => new JsonObject
    {
        ["name"] = v.Name,
        ["type"] = v.Type.Element.Display(),
        ["shape"] = v.Type.Shape?.ToString(),
    })]);
}
