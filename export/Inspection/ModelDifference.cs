using Toolchain.Graphs;

namespace Toolchain.Export.Inspection;

/// <summary>What happened to a part of a model between two files.</summary>
internal enum ChangeKind
{
    /// <summary>Only the second file has it.</summary>
    Added,

    /// <summary>Only the first file has it.</summary>
    Removed,

    /// <summary>Both have it, and it differs.</summary>
    Changed,
}

/// <summary>One difference.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Part">Of what: <c>fact</c>, <c>node</c>, <c>weight</c> or <c>metadata</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="What">What it is, or how it differs.</param>
/// <param name="MaxDifference">The largest absolute difference of a weight's values; infinite where one is not a number, null where there are no values to compare.</param>
internal sealed record PartChange(ChangeKind Kind, string Part, string Name, string What, double? MaxDifference = null);

/// <summary>What changed from one ONNX file to another.</summary>
/// <param name="First">The one.</param>
/// <param name="Second">The other.</param>
/// <param name="Changes">Facts, nodes, weights and metadata, each in the order of the files.</param>
/// <param name="EqualNodes">How many nodes are the same.</param>
/// <param name="EqualWeights">How many weights are the same to the last bit.</param>
internal sealed record ModelDifference(ModelInspection First, ModelInspection Second, EquatableArray<PartChange> Changes, int EqualNodes, int EqualWeights)
{
    /// <summary>How often something happened to a kind of part.</summary>
    public int Count(string part, ChangeKind kind) => Changes.Count(c => c.Part == part && c.Kind == kind);

    /// <summary>Compares two files. Weights are read from where they lie, one after the other.</summary>
    public static ModelDifference Of(ModelInspection first, ModelInspection second)
    {
        var (nodes, equalNodes) = NodeChanges.Of(first.Model.Graph, second.Model.Graph);
        var (weights, equalWeights) = WeightChanges.Of(first.Model.Graph.Initializers, second.Model.Graph.Initializers);
        return new(first, second, [.. Facts(first, second), .. nodes, .. weights, .. Metadata(first.Model.Graph, second.Model.Graph)], equalNodes, equalWeights);
    }

    private static IEnumerable<PartChange> Facts(ModelInspection first, ModelInspection second)
    {
        var (left, right) = (first.Model, second.Model);
        (string Name, string Before, string After)[] facts =
        [
            ("graph", left.Graph.Name, right.Graph.Name),
            ("opset", Number(left.Opset), Number(right.Opset)),
            ("IR version", Number(left.IrVersion), Number(right.IrVersion)),
            ("producer", $"{left.ProducerName} {left.ProducerVersion}".Trim(), $"{right.ProducerName} {right.ProducerVersion}".Trim()),
            ("domains", Text(left.Domains.Select(static d => $"{d.Key} {Number(d.Value)}").Order(StringComparer.Ordinal)), Text(right.Domains.Select(static d => $"{d.Key} {Number(d.Value)}").Order(StringComparer.Ordinal))),
            ("inputs", Text(left.Graph.Inputs.Select(Value)), Text(right.Graph.Inputs.Select(Value))),
            ("outputs", Text(left.Graph.Outputs.Select(Value)), Text(right.Graph.Outputs.Select(Value))),
        ];
        return facts.Where(static f => f.Before != f.After).Select(static f => new PartChange(ChangeKind.Changed, "fact", f.Name, $"{f.Before} → {f.After}"));
    }

    private static IEnumerable<PartChange> Metadata(Graph first, Graph second)
    {
        foreach (var key in first.Metadata.Keys.Union(second.Metadata.Keys).Order(StringComparer.Ordinal))
        {
            switch (first.Metadata.TryGetValue(key, out var before), second.Metadata.TryGetValue(key, out var after))
            {
                case (true, false):
                    yield return new(ChangeKind.Removed, "metadata", key, before!);
                    break;
                case (false, true):
                    yield return new(ChangeKind.Added, "metadata", key, after!);
                    break;
                case (true, true) when before != after:
                    yield return new(ChangeKind.Changed, "metadata", key, $"{before} → {after}");
                    break;
                default:
                    break;
            }
        }
    }

    private static string Value(ValueInfo value) => $"{value.Name} {value.Type}";

    private static string Text(IEnumerable<string> items) => string.Join(", ", items) is { Length: > 0 } text ? text : "none";

    private static string Number(long number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
